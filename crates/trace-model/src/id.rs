//! Trace and span ids: 16 and 8 bytes, never all zero, written as lower-case hex.

use std::{fmt, str::FromStr};

use thiserror::Error;

/// Why bytes or text are not a valid id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum IdError {
    #[error("expected {expected} bytes, got {got}")]
    Length { expected: usize, got: usize },
    #[error("not hexadecimal")]
    NotHex,
    #[error("all bytes are zero")]
    Zero,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $len]);

        impl $name {
            /// Length in bytes.
            pub const LEN: usize = $len;

            /// Initial value while a message is decoded. Never leaves this crate.
            pub(crate) const PLACEHOLDER: Self = Self([0; $len]);

            /// Accepts exactly [`Self::LEN`] bytes that are not all zero.
            ///
            /// # Errors
            /// [`IdError::Length`] and [`IdError::Zero`].
            pub fn from_bytes(bytes: &[u8]) -> Result<Self, IdError> {
                let array: [u8; $len] =
                    bytes.try_into().map_err(|_| IdError::Length { expected: $len, got: bytes.len() })?;
                if array == [0; $len] { Err(IdError::Zero) } else { Ok(Self(array)) }
            }

            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }

            /// Parses hex of either case. Leading zeros may be missing, as in URLs of Jaeger.
            ///
            /// # Errors
            /// [`IdError`] for anything that is not 1 to 2 × [`Self::LEN`] hex digits, or is zero.
            pub fn parse_padded(text: &str) -> Result<Self, IdError> {
                let digits = text.as_bytes();
                if digits.is_empty() || digits.len() > 2 * $len {
                    return Err(IdError::Length { expected: $len, got: digits.len().div_ceil(2) });
                }
                let mut array = [0_u8; $len];
                for (index, digit) in digits.iter().rev().enumerate() {
                    let value = hex_digit(*digit).ok_or(IdError::NotHex)?;
                    if let Some(byte) = array.iter_mut().rev().nth(index / 2) {
                        *byte |= if index % 2 == 0 { value } else { value << 4 };
                    }
                }
                Self::from_bytes(&array)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            /// Parses exactly 2 × [`Self::LEN`] hex digits of either case.
            fn from_str(text: &str) -> Result<Self, IdError> {
                if text.len() != 2 * $len {
                    return Err(IdError::Length { expected: $len, got: text.len().div_ceil(2) });
                }
                Self::parse_padded(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut text = [0_u8; 2 * $len];
                for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
                    pair.copy_from_slice(&hex_pair(byte));
                }
                f.pad(std::str::from_utf8(&text).unwrap_or_default())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    };
}

id! {
    /// Id of a trace: 128 bits, shared by all its spans.
    TraceId, 16
}

id! {
    /// Id of a span within its trace: 64 bits.
    SpanId, 8
}

const HEX: &[u8; 16] = b"0123456789abcdef";

fn hex_pair(byte: u8) -> [u8; 2] {
    [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]
}

/// The value of one hex digit of either case.
pub(crate) fn hex_digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}
