//! What every service is made of: configuration, listening, problems, health, calling others, stopping.
