//! Framing of the single message of a unary gRPC call: a compression flag and a length
//! (<https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>).

use thiserror::Error;

/// Length of the message prefix: the compression flag and four bytes of message length.
pub const GRPC_PREFIX_LEN: usize = 5;

/// Why a body is not exactly one message.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum GrpcError {
    #[error("the call has no message")]
    Empty,
    #[error("the message length does not match the length prefix")]
    Length,
    #[error("the compression flag is neither 0 nor 1")]
    Flag,
}

/// Returns whether the message is compressed, and the message, from the complete body of a call.
///
/// # Errors
/// [`GrpcError`] unless the body is exactly one message.
pub fn grpc_message(body: &[u8]) -> Result<(bool, &[u8]), GrpcError> {
    let ([flag, length @ ..], message) =
        body.split_first_chunk::<GRPC_PREFIX_LEN>().ok_or(GrpcError::Empty)?;
    if u32::from_be_bytes(*length) as usize != message.len() {
        return Err(GrpcError::Length);
    }
    match flag {
        0 => Ok((false, message)),
        1 => Ok((true, message)),
        _ => Err(GrpcError::Flag),
    }
}
