//! The one message of a unary call of gRPC, which stands behind a flag and its length
//! (<https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>).

use thiserror::Error;

/// What stands before a message: whether it is compressed, and how long it is.
pub const GRPC_PREFIX_LEN: usize = 5;

/// Why a call cannot be read.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum GrpcError {
    #[error("a call without a message")]
    Empty,
    #[error("the length of the message is not the one it came with")]
    Length,
    #[error("a message that is neither plain nor compressed")]
    Flag,
}

/// The message of a call's whole body, and whether it is compressed.
///
/// # Errors
/// [`GrpcError`] when there is not exactly one.
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
