//! AWS X-Ray as a destination of spans (`TELEMETRY_XRAY`).
