//! Lexer: a query text as terms with their positions. It accepts any text, because completion works on unfinished ones.

use std::{iter::Peekable, str::CharIndices};

use super::{fields, operator::Operator};

/// A word, or a quoted text.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    /// Without its quotes.
    pub(crate) text: String,
    /// Its range in bytes, quotes included.
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) quoted: bool,
    /// The closing quote is missing.
    pub(crate) unclosed: bool,
}

/// One term as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RawTerm {
    pub(crate) start: usize,
    pub(crate) negated: bool,
    pub(crate) field: Word,
    pub(crate) comparison: Option<(Operator, Word)>,
}

/// A value as it is written, quoted if necessary.
pub(crate) fn quoted(text: &str) -> String {
    let plain =
        !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || matches!(c, '"' | '*' | '\\'));
    if plain { text.to_owned() } else { format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")) }
}

/// A key as it is written, quoted if necessary.
pub(crate) fn quoted_field(text: &str) -> String {
    let plain = !text.starts_with(['-', '!']) && !text.contains(is_operator);
    if plain { quoted(text) } else { format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")) }
}

type Chars<'t> = Peekable<CharIndices<'t>>;

pub(crate) fn raw_terms(text: &str) -> Vec<RawTerm> {
    let mut lexer = Lexer { chars: text.char_indices().peekable(), len: text.len() };
    let mut raw_terms = Vec::new();
    let mut not_from = None;
    while let Some(mut term) = lexer.term() {
        if term.comparison.is_none() && !term.field.quoted {
            match &*term.field.text {
                "AND" | "&&" => continue,
                "NOT" => {
                    not_from = Some(term.start);
                    continue;
                }
                _ => {}
            }
        }
        if let Some(start) = not_from.take() {
            term.negated = !term.negated;
            term.start = start;
        }
        raw_terms.push(term);
    }
    raw_terms
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

    fn term(&mut self) -> Option<RawTerm> {
        self.skip_spaces();
        let (start, _) = *self.chars.peek()?;
        let negated = self.take('-') || self.take('!');
        let field = self.word(is_operator);
        let comparison = self.operator(&field).map(|operator| {
            self.skip_spaces();
            (operator, self.word(|_| false))
        });
        Some(RawTerm { start, negated, field, comparison })
    }

    /// Reads up to white space, to a character that `ends` the word, or to the closing quote.
    fn word(&mut self, ends: impl Fn(char) -> bool) -> Word {
        let start = self.at();
        let mut word = Word { start, ..Word::default() };
        if self.take('"') {
            word.quoted = true;
            word.unclosed = true;
            while let Some((_, c)) = self.chars.next() {
                match c {
                    '"' => {
                        word.unclosed = false;
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

    /// Reads the operator after a field. White space may precede it.
    fn operator(&mut self, field: &Word) -> Option<Operator> {
        let mut ahead = self.chars.clone();
        while ahead.next_if(|(_, c)| c.is_whitespace()).is_some() {}
        let is_operator = match ahead.next() {
            Some((_, '!')) => matches!(ahead.next(), Some((_, '=' | '~'))),
            // A colon counts only directly after a field.
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
            '!' if self.take('=') => Operator::NotEqual,
            '!' => {
                self.take('~');
                Operator::NotContains
            }
            '>' if self.take('=') => Operator::GreaterOrEqual,
            '>' => Operator::Greater,
            '<' if self.take('=') => Operator::LessOrEqual,
            '<' => Operator::Less,
            '~' => Operator::Contains,
            _ => {
                self.take('='); // `==` means the same
                if self.take('~') { Operator::Contains } else { Operator::Equal }
            }
        })
    }
}

const fn is_operator(c: char) -> bool {
    matches!(c, '=' | '!' | '<' | '>' | '~')
}
