//! Movements between two columns of places, as bands whose width is how many move: a Sankey diagram of one step, drawn as one
//! inline SVG. Every band has a `<title>`, places carry their name and number, so that nothing depends on colour.

use super::format::{clip, count};
use super::markup::Html;

/// The drawing, in its own units; the page scales it.
const WIDTH: f64 = 400.0;
const LEFT: f64 = 118.0;
const RIGHT: f64 = 282.0;
const BAR: f64 = 6.0;
/// The height of all bands together, and the room between places.
const HEIGHT: f64 = 200.0;
const GAP: f64 = 16.0;
/// The least height of a band.
const THIN: f64 = 1.0;
/// Characters of a name.
const NAME: usize = 13;

/// A band from one place to another: the order of a place on its side, and its name.
pub(super) struct Flow {
    pub(super) from: (usize, String),
    pub(super) to: (usize, String),
    pub(super) weight: f64,
    /// The whole sentence.
    pub(super) title: String,
    /// The class that has its colour.
    pub(super) class: &'static str,
}

/// A place on one side.
struct Place {
    order: usize,
    name: String,
    weight: f64,
    top: f64,
    height: f64,
    /// How much of its height bands have taken.
    taken: f64,
}

/// The places of a side from the top, and where the last of them ends.
fn places<'f>(ends: impl Iterator<Item = (&'f (usize, String), f64, f64)>) -> (Vec<Place>, f64) {
    let mut places: Vec<Place> = Vec::new();
    for ((order, name), weight, height) in ends {
        match places.iter_mut().find(|place| place.order == *order && place.name == *name) {
            Some(place) => {
                place.weight += weight;
                place.height += height;
            }
            None => places.push(Place { order: *order, name: name.clone(), weight, top: 0.0, height, taken: 0.0 }),
        }
    }
    places.sort_by(|a, b| (a.order, &a.name).cmp(&(b.order, &b.name)));
    let mut top = GAP / 2.0;
    for place in &mut places {
        place.top = top;
        top += place.height + GAP;
    }
    (places, top)
}

/// Takes the room of a band at its place.
fn take(places: &mut [Place], end: &(usize, String), height: f64) -> f64 {
    let Some(place) = places.iter_mut().find(|place| place.order == end.0 && place.name == end.1) else { return 0.0 };
    let top = place.top + place.taken;
    place.taken += height;
    top
}

/// Draws the bands under a heading.
pub(super) fn draw(html: &mut Html, id: &str, title: &str, description: &str, flows: &[Flow]) {
    let total: f64 = flows.iter().map(|flow| flow.weight).sum();
    if total <= 0.0 {
        return;
    }
    let height = |flow: &Flow| (flow.weight / total * HEIGHT).max(THIN);
    let mut order: Vec<&Flow> = flows.iter().collect();
    order.sort_by_key(|flow| (flow.from.0, flow.to.0));
    let (mut from, end_from) = places(order.iter().map(|flow| (&flow.from, flow.weight, height(flow))));
    let (mut to, end_to) = places(order.iter().map(|flow| (&flow.to, flow.weight, height(flow))));
    let (title_id, text_id) = (format!("{id}-title"), format!("{id}-text"));
    html.raw("<figure class=\"chart\"><figcaption>").open("h3", &[("id", &title_id)]).text(title).raw("</h3>");
    html.open("p", &[("id", &text_id)]).text(description).raw("</p></figcaption>");
    let view = format!("0 0 {WIDTH} {:.1}", end_from.max(end_to));
    html.open(
        "svg",
        &[
            ("class", "flow"),
            ("viewBox", &view),
            ("role", "img"),
            ("aria-labelledby", &title_id),
            ("aria-describedby", &text_id),
        ],
    );
    html.element("title", "", title).element("desc", "", description);
    for flow in order {
        let height = height(flow);
        let (a, b) = (take(&mut from, &flow.from, height), take(&mut to, &flow.to, height));
        let (x1, x2, middle) = (LEFT + BAR, RIGHT, (LEFT + BAR + RIGHT) / 2.0);
        let path = format!(
            "M{x1} {a:.2}C{middle} {a:.2} {middle} {b:.2} {x2} {b:.2}V{:.2}C{middle} {:.2} {middle} {:.2} {x1} {:.2}Z",
            b + height,
            b + height,
            a + height,
            a + height
        );
        html.open("path", &[("class", flow.class), ("d", &path)]).element("title", "", &flow.title).raw("</path>");
    }
    for place in &from {
        draw_place(html, place, LEFT, LEFT - 6.0, "end");
    }
    for place in &to {
        draw_place(html, place, RIGHT, RIGHT + BAR + 6.0, "start");
    }
    html.raw("</svg></figure>");
}

fn draw_place(html: &mut Html, place: &Place, x: f64, label: f64, anchor: &str) {
    let (top, height) = (format!("{:.2}", place.top), format!("{:.2}", place.height));
    let (x, width) = (x.to_string(), BAR.to_string());
    html.open("rect", &[("x", &x), ("y", &top), ("width", &width), ("height", &height)]).raw("</rect>");
    let middle = format!("{:.2}", place.top + place.height / 2.0 + 4.0);
    let label = label.to_string();
    html.open("text", &[("x", &label), ("y", &middle), ("text-anchor", anchor)]);
    html.text(&clip(&place.name, NAME)).raw(" <tspan class=\"more\">").text(&count(place.weight as usize));
    html.raw("</tspan></text>");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(from: usize, to: usize, weight: f64) -> Flow {
        Flow {
            from: (from, format!("t{from}")),
            to: (to, format!("t{to}")),
            weight,
            title: String::new(),
            class: "quiet",
        }
    }

    #[test]
    fn bands_fill_their_places_and_places_do_not_touch() {
        let flows = [flow(0, 0, 3.0), flow(0, 1, 1.0), flow(1, 0, 4.0)];
        let (places, end) = places(flows.iter().map(|f| (&f.from, f.weight, f.weight * 10.0)));
        assert_eq!(places.iter().map(|p| (p.weight, p.height)).collect::<Vec<_>>(), [(4.0, 40.0), (4.0, 40.0)]);
        assert_eq!((places[1].top - places[0].top, end), (40.0 + GAP, GAP / 2.0 + 80.0 + 2.0 * GAP));
    }

    #[test]
    fn names_are_escaped_and_every_band_has_its_sentence() {
        let mut html = Html::default();
        let flows = [Flow { title: "3 from <a> to b".to_owned(), from: (0, "<a>".to_owned()), ..flow(0, 1, 3.0) }];
        draw(&mut html, "movements", "Moves", "How", &flows);
        let page = html.finish();
        assert!(page.contains("<title>3 from &lt;a&gt; to b</title>") && !page.contains("<a>"), "{page}");
        let mut html = Html::default();
        draw(&mut html, "movements", "Moves", "How", &[]);
        assert_eq!(html.finish(), "");
    }
}
