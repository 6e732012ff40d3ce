//! Items of the completion menu.

/// Items of a menu.
pub const MAX_ITEMS: usize = 20;

/// A range of the query text, and the items that may replace it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The range in bytes.
    pub from: usize,
    pub to: usize,
    pub items: Vec<CompletionItem>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompletionItemKind {
    Key,
    Operator,
    Value,
}

/// An item of the menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompletionItem {
    /// Replaces the range.
    pub text: String,
    pub label: String,
    pub detail: String,
    pub kind: CompletionItemKind,
}
