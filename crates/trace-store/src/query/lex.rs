//! A query taken apart into pieces with their places. Total: what makes no sense yet is still somewhere, for whoever
//! completes it.

use std::{iter::Peekable, str::CharIndices};

use super::{Operator, fields};

/// Letters, or anything in quotes.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    /// Without its quotes.
    pub(crate) text: String,
    /// Where it stands, in bytes, quotes included.
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) quoted: bool,
    /// Its quote does not end.
    pub(crate) open: bool,
}

/// One term as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) start: usize,
    pub(crate) negated: bool,
    pub(crate) field: Word,
    pub(crate) comparison: Option<(Operator, Word)>,
}

/// A value as it is written: quoted where it must be.
pub(crate) fn quoted(text: &str) -> String {
    let plain =
        !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || matches!(c, '"' | '*' | '\\'));
    if plain { text.to_owned() } else { format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")) }
}

/// A key as it is written: quoted where it must be.
pub(crate) fn quoted_field(text: &str) -> String {
    let plain = !text.starts_with(['-', '!']) && !text.contains(is_operator);
    if plain { quoted(text) } else { format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")) }
}

type Chars<'t> = Peekable<CharIndices<'t>>;

pub(crate) fn pieces(text: &str) -> Vec<Piece> {
    let mut lexer = Lexer { chars: text.char_indices().peekable(), len: text.len() };
    let mut pieces = Vec::new();
    let mut not_from = None;
    while let Some(mut piece) = lexer.piece() {
        if piece.comparison.is_none() && !piece.field.quoted {
            match &*piece.field.text {
                "AND" | "&&" => continue,
                "NOT" => {
                    not_from = Some(piece.start);
                    continue;
                }
                _ => {}
            }
        }
        if let Some(start) = not_from.take() {
            piece.negated = !piece.negated;
            piece.start = start;
        }
        pieces.push(piece);
    }
    pieces
}

struct Lexer<'t> {
    chars: Chars<'t>,
    len: usize,
}

impl Lexer<'_> {
    fn at(&mut self) -> usize {
        self.chars.peek().map_or(self.len, |(at, _)| *at)
    }

    fn skip_spaces(&mut self) {
        while self.chars.next_if(|(_, c)| c.is_whitespace()).is_some() {}
    }

    fn take(&mut self, wanted: char) -> bool {
        self.chars.next_if(|(_, c)| *c == wanted).is_some()
    }

    fn piece(&mut self) -> Option<Piece> {
        self.skip_spaces();
        let (start, _) = *self.chars.peek()?;
        let negated = self.take('-') || self.take('!');
        let field = self.word(is_operator);
        let comparison = self.operator(&field).map(|operator| {
            self.skip_spaces();
            (operator, self.word(|_| false))
        });
        Some(Piece { start, negated, field, comparison })
    }

    /// Up to a space, to what `ends` it, or to the end of its quote.
    fn word(&mut self, ends: impl Fn(char) -> bool) -> Word {
        let start = self.at();
        let mut word = Word { start, ..Word::default() };
        if self.take('"') {
            word.quoted = true;
            word.open = true;
            while let Some((_, c)) = self.chars.next() {
                match c {
                    '"' => {
                        word.open = false;
                        break;
                    }
                    '\\' => word.text.extend(self.chars.next().map(|(_, c)| c)),
                    c => word.text.push(c),
                }
            }
        } else {
            let is_field = ends('=');
            while let Some((_, c)) = self.chars.next_if(|(_, c)| {
                let colon = is_field && *c == ':' && fields::is_known(&word.text);
                !c.is_whitespace() && !ends(*c) && !colon
            }) {
                word.text.push(c);
            }
        }
        word.end = self.at();
        word
    }

    /// The operator after a field; there may be spaces between.
    fn operator(&mut self, field: &Word) -> Option<Operator> {
        let mut ahead = self.chars.clone();
        while ahead.next_if(|(_, c)| c.is_whitespace()).is_some() {}
        let is_operator = match ahead.next() {
            Some((_, '!')) => matches!(ahead.next(), Some((_, '=' | '~'))),
            // A colon with a space before it is none.
            Some((at, ':')) => at == field.end && !field.quoted && fields::is_known(&field.text),
            Some((_, c)) => is_operator(c),
            None => false,
        };
        if !is_operator {
            return None;
        }
        self.skip_spaces();
        let (_, first) = self.chars.next()?;
        Some(match first {
            '!' if self.take('=') => Operator::IsNot,
            '!' => {
                self.take('~');
                Operator::Lacks
            }
            '>' if self.take('=') => Operator::GreaterOrEqual,
            '>' => Operator::Greater,
            '<' if self.take('=') => Operator::LessOrEqual,
            '<' => Operator::Less,
            '~' => Operator::Contains,
            _ => {
                self.take('='); // both spellings are at home somewhere
                if self.take('~') { Operator::Contains } else { Operator::Is }
            }
        })
    }
}

const fn is_operator(c: char) -> bool {
    matches!(c, '=' | '!' | '<' | '>' | '~')
}
