//! A small writer of HTML that escapes by itself: only text that was written in this source file tree gets in unescaped.

use super::format::{clean, clip, visible};

/// Characters of a name or message that a page shows; the whole text is in the `title`.
const SHOWN: usize = 120;
/// Characters that even a `title` keeps.
const KEPT: usize = 12_000;

/// HTML under construction.
#[derive(Debug, Default)]
pub(super) struct Html {
    out: String,
}

impl Html {
    /// Markup that the source holds; data cannot be passed here.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.out.push_str(markup);
        self
    }

    /// Text, escaped.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        escape_into(text, &mut self.out);
        self
    }

    /// A start tag with attributes.
    pub(super) fn open(&mut self, tag: &'static str, attributes: &[(&'static str, &str)]) -> &mut Self {
        self.out.push('<');
        self.out.push_str(tag);
        for (name, value) in attributes {
            self.out.push(' ');
            self.out.push_str(name);
            self.out.push_str("=\"");
            escape_into(value, &mut self.out);
            self.out.push('"');
        }
        self.out.push('>');
        self
    }

    /// An end tag.
    pub(super) fn close(&mut self, tag: &'static str) -> &mut Self {
        self.out.push_str("</");
        self.out.push_str(tag);
        self.out.push('>');
        self
    }

    /// An element that holds text only.
    pub(super) fn element(&mut self, tag: &'static str, class: &str, text: &str) -> &mut Self {
        if class.is_empty() {
            self.open(tag, &[])
        } else {
            self.open(tag, &[("class", class)])
        };
        self.text(text).close(tag)
    }

    /// An element that holds a text of the data: cleaned, clipped, and whole in its `title` where it was clipped.
    pub(super) fn data(&mut self, tag: &'static str, class: &str, text: &str) -> &mut Self {
        self.data_within(tag, class, text, SHOWN)
    }

    /// As [`Html::data`], with another length.
    pub(super) fn data_within(&mut self, tag: &'static str, class: &str, text: &str, shown: usize) -> &mut Self {
        let whole = clean(text);
        let short = clip(&whole, shown);
        let title = clip(&whole, KEPT);
        let mut attributes = Vec::new();
        if !class.is_empty() {
            attributes.push(("class", class));
        }
        if short != whole {
            attributes.push(("title", title.as_str()));
        }
        self.open(tag, &attributes).text(&short).close(tag)
    }

    /// The markup so far.
    pub(super) fn finish(self) -> String {
        self.out
    }
}

/// Escapes for text and for quoted attributes alike, and replaces what cannot be seen.
fn escape_into(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            _ => out.push(visible(c)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_attributes_are_escaped() {
        let mut html = Html::default();
        html.open("p", &[("title", "\"><script>")]).text("<b> & 'c'").close("p");
        assert_eq!(html.finish(), "<p title=\"&quot;&gt;&lt;script&gt;\">&lt;b&gt; &amp; &#39;c&#39;</p>");
    }

    #[test]
    fn long_text_is_clipped_and_whole_in_the_title() {
        let long = "x".repeat(10_000);
        let mut html = Html::default();
        html.data("td", "", &long);
        let page = html.finish();
        assert!(page.contains(&format!("title=\"{long}\"")) && page.ends_with("x…</td>"), "{}", &page[..40]);
    }
}
