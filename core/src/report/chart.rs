//! Charts without a library: each bar is a small inline SVG in a row of its own, so that labels wrap like text, bars stretch
//! with the page, and a model that is switched off leaves no gap. Values stand beside the bars, letters name the models,
//! and every bar has a `<title>`: nothing depends on colour. Lengths are linear from zero.

use super::markup::Html;

/// A chart: what it shows, and its rows.
pub(super) struct Chart {
    /// Its identity in the page.
    pub(super) id: &'static str,
    pub(super) title: String,
    /// One sentence that says how to read it.
    pub(super) description: String,
    pub(super) rows: Vec<Row>,
}

/// A label with its bars.
pub(super) struct Row {
    pub(super) label: String,
    /// The id, in small print.
    pub(super) detail: String,
    /// A second line; may be empty.
    pub(super) under: String,
    pub(super) bars: Vec<Bar>,
    /// Draws a line above: the rows below are of another kind.
    pub(super) apart: bool,
}

/// A bar between two numbers on the axis of the chart.
pub(super) struct Bar {
    pub(super) from: f64,
    pub(super) to: f64,
    /// A number on the bar that is marked, such as the estimate in its interval.
    pub(super) mark: Option<f64>,
    /// The value as it is written beside the bar.
    pub(super) value: String,
    /// A few more words, in lighter print.
    pub(super) more: String,
    /// The whole sentence, for the tooltip and for screen readers.
    pub(super) title: String,
    /// The class that has its colour.
    pub(super) class: &'static str,
    /// The letter of its model.
    pub(super) letter: &'static str,
}

/// The span of the axis; always holds zero.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axis {
    low: f64,
    high: f64,
}

impl Axis {
    /// The span of all bars, cut at `limit` where bars beyond it would flatten all the others.
    fn of(rows: &[Row], limit: Option<f64>) -> Self {
        let (mut low, mut high) = (0.0_f64, 0.0_f64);
        for bar in rows.iter().flat_map(|row| &row.bars) {
            low = low.min(bar.from).min(bar.to);
            high = high.max(bar.from).max(bar.to);
            if let Some(mark) = bar.mark {
                (low, high) = (low.min(mark), high.max(mark));
            }
        }
        if let Some(limit) = limit {
            (low, high) = (low.max(-limit), high.min(limit));
        }
        if high - low > 0.0 && (high - low).is_finite() { Self { low, high } } else { Self { low: 0.0, high: 1.0 } }
    }

    /// Where a number stands, in percent of the width.
    fn at(self, number: f64) -> f64 {
        ((number - self.low) / (self.high - self.low) * 100.0).clamp(0.0, 100.0)
    }

    fn cuts(self, number: f64) -> bool {
        number < self.low || number > self.high
    }
}

/// Draws a chart; bars beyond `limit` are cut, and show that they are.
pub(super) fn draw(html: &mut Html, chart: &Chart, limit: Option<f64>) {
    let axis = Axis::of(&chart.rows, limit);
    let (title_id, text_id) = (format!("{}-title", chart.id), format!("{}-text", chart.id));
    html.open("figure", &[("class", "chart"), ("aria-labelledby", &title_id), ("aria-describedby", &text_id)]);
    html.raw("<figcaption>").open("h3", &[("id", &title_id)]).text(&chart.title).raw("</h3>");
    html.open("p", &[("id", &text_id)]).text(&chart.description).raw("</p></figcaption>");
    let letters = chart.rows.iter().flat_map(|row| &row.bars).any(|bar| !bar.letter.is_empty());
    html.raw(if letters { "<div class=\"plot lettered\">" } else { "<div class=\"plot\">" });
    for row in &chart.rows {
        html.raw(if row.apart { "<div class=\"row apart\">" } else { "<div class=\"row\">" });
        html.raw("<div class=\"label\">").data_within("span", "name", &row.label, 60);
        if !row.detail.is_empty() {
            html.raw(" ").data_within("small", "", &row.detail, 40);
        }
        if !row.under.is_empty() {
            html.data("p", "", &row.under);
        }
        html.raw("</div><div class=\"bars\">");
        for bar in &row.bars {
            draw_bar(html, bar, axis);
        }
        html.raw("</div></div>");
    }
    html.raw("</div></figure>");
}

fn draw_bar(html: &mut Html, bar: &Bar, axis: Axis) {
    let (from, to) = (axis.at(bar.from), axis.at(bar.to));
    let (left, width) = (from.min(to), (from - to).abs());
    let right = percent(left + width);
    let class = format!("bar {}", bar.class);
    html.open("svg", &[("class", &class), ("role", "img"), ("width", "100%"), ("height", "16")]);
    html.element("title", "", &bar.title);
    if !bar.letter.is_empty() {
        html.open("text", &[("class", "letter"), ("x", "0"), ("dx", "-14"), ("y", "12")])
            .text(bar.letter)
            .raw("</text>");
    }
    html.open(
        "line",
        &[
            ("class", "zero"),
            ("x1", &percent(axis.at(0.0))),
            ("x2", &percent(axis.at(0.0))),
            ("y1", "-60"),
            ("y2", "76"),
        ],
    );
    html.raw("</line>");
    html.open("rect", &[("x", &percent(left)), ("y", "3"), ("width", &percent(width)), ("height", "10")])
        .raw("</rect>");
    if let Some(mark) = bar.mark.filter(|mark| !axis.cuts(*mark)) {
        let x = percent(axis.at(mark));
        html.open("line", &[("class", "mark"), ("x1", &x), ("x2", &x), ("y1", "1"), ("y2", "15")]).raw("</line>");
    }
    if axis.cuts(bar.from) || axis.cuts(bar.to) {
        let x = percent(if bar.to < bar.from { left + 4.0 } else { left + width - 4.0 });
        html.open("rect", &[("class", "cut"), ("x", &x), ("y", "0"), ("width", "3"), ("height", "16")]).raw("</rect>");
    }
    html.open("text", &[("class", "value"), ("x", &right), ("dx", "6"), ("y", "12")]).text(&bar.value);
    if !bar.more.is_empty() {
        html.raw("<tspan class=\"more\" dx=\"6\">").text(&bar.more).raw("</tspan>");
    }
    html.raw("</text></svg>");
}

/// The start of a running total and its end, for each part: the steps of a waterfall.
pub(super) fn steps(parts: &[f64]) -> Vec<(f64, f64)> {
    let mut reached = 0.0;
    parts
        .iter()
        .map(|part| {
            let from = reached;
            reached += part;
            (from, reached)
        })
        .collect()
}

fn percent(number: f64) -> String {
    format!("{number:.2}%")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(to: f64) -> Row {
        let bar = Bar {
            from: 0.0,
            to,
            mark: None,
            value: String::new(),
            more: String::new(),
            title: String::new(),
            class: "m0",
            letter: "",
        };
        Row { label: String::new(), detail: String::new(), under: String::new(), bars: vec![bar], apart: false }
    }

    #[test]
    fn the_axis_holds_zero_and_every_bar() {
        let axis = Axis::of(&[bar(50.0), bar(-50.0)], None);
        assert_eq!((axis.at(0.0), axis.at(50.0), axis.at(-50.0)), (50.0, 100.0, 0.0));
        assert_eq!(Axis::of(&[bar(10.0)], None).at(0.0), 0.0);
    }

    #[test]
    fn an_axis_without_extent_still_places_its_bars() {
        assert_eq!(Axis::of(&[bar(0.0)], None).at(0.0), 0.0);
        assert_eq!(Axis::of(&[], None).at(0.0), 0.0);
    }

    #[test]
    fn a_bar_beyond_the_limit_is_cut_and_says_so() {
        let axis = Axis::of(&[bar(5.0), bar(90.0)], Some(10.0));
        assert!(axis.cuts(90.0) && !axis.cuts(5.0));
        assert_eq!(axis.at(90.0), 100.0);
    }

    #[test]
    fn each_step_starts_where_the_last_one_ended() {
        assert_eq!(steps(&[2.0, 3.0, -1.0]), [(0.0, 2.0), (2.0, 5.0), (5.0, 4.0)]);
    }
}
