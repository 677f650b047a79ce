//! A picture of figures: rows of small panels, each with its line, its aim, and its values in words. SVG, written by hand so
//! that it stays small and sharp, and reads without a script.

use std::fmt::Write as _;

/// One small picture.
pub(crate) struct Panel {
    pub(crate) title: String,
    pub(crate) unit: String,
    /// What grows to the right.
    pub(crate) along: String,
    pub(crate) aim: Option<f64>,
    pub(crate) series: Series,
}

/// Points from left to right.
pub(crate) struct Series(pub(crate) Vec<(f64, f64)>);

const WIDTH: f64 = 208.0;
const HEIGHT: f64 = 176.0;
/// The part of a panel that is drawn in.
const LEFT: f64 = 22.0;
const RIGHT: f64 = 186.0;
const TOP: f64 = 56.0;
const BOTTOM: f64 = 132.0;

/// Draws rows of panels.
pub(crate) fn draw(rows: &[Vec<Panel>]) -> String {
    let across = rows.iter().map(Vec::len).max().unwrap_or_default();
    let (width, height) = (across as f64 * WIDTH, rows.len() as f64 * HEIGHT + 8.0);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         role=\"img\" font-family=\"Arial, Helvetica, sans-serif\">\n\
         <title>How opening, searching, caching, memory and disk change with the size and the number of records</title>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"
    );
    for (down, row) in rows.iter().enumerate() {
        for (right, panel) in row.iter().enumerate() {
            let _ = writeln!(
                svg,
                "<g transform=\"translate({} {})\">{}</g>",
                right as f64 * WIDTH,
                down as f64 * HEIGHT,
                panel.draw()
            );
        }
    }
    svg.push_str("</svg>\n");
    svg
}

impl Panel {
    fn draw(&self) -> String {
        let points = &self.series.0;
        let highest = points
            .iter()
            .map(|point| point.1)
            .fold(self.aim.unwrap_or_default(), f64::max)
            * 1.08;
        let (first, last) = (
            points.first().map_or(1.0, |point| point.0),
            points.last().map_or(10.0, |point| point.0),
        );
        let x =
            |value: f64| LEFT + (value / first).log10() / (last / first).log10().max(1e-9) * (RIGHT - LEFT);
        let y = |value: f64| BOTTOM - value / highest.max(1e-9) * (BOTTOM - TOP);
        let mut svg = format!(
            "<text x=\"14\" y=\"22\" font-size=\"14\" font-weight=\"bold\" fill=\"#212b32\">{}</text>\
             <text x=\"14\" y=\"38\" font-size=\"11\" fill=\"#4c6272\">{}</text>\
             <line x1=\"14\" y1=\"{BOTTOM}\" x2=\"194\" y2=\"{BOTTOM}\" stroke=\"#aeb7bd\"/>",
            escaped(&self.title),
            escaped(&self.unit)
        );
        if let Some(aim) = self.aim {
            let _ = write!(
                svg,
                "<line x1=\"14\" y1=\"{0:.1}\" x2=\"194\" y2=\"{0:.1}\" stroke=\"#007f3b\" stroke-dasharray=\"4 3\"/>\
                 <text x=\"194\" y=\"38\" font-size=\"11\" fill=\"#00662f\" text-anchor=\"end\">aim {1}</text>",
                y(aim),
                worded(aim)
            );
        }
        let line: Vec<String> = points
            .iter()
            .map(|point| format!("{:.1},{:.1}", x(point.0), y(point.1)))
            .collect();
        let _ = write!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"#005eb8\" stroke-width=\"2\"/>",
            line.join(" ")
        );
        for point in points {
            let (x, y) = (x(point.0), y(point.1));
            let _ = write!(
                svg,
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"#005eb8\"/>\
                 <text x=\"{x:.1}\" y=\"{:.1}\" font-size=\"10\" fill=\"#212b32\" text-anchor=\"middle\" \
                 paint-order=\"stroke\" stroke=\"#ffffff\" stroke-width=\"3\">{}</text>\
                 <text x=\"{x:.1}\" y=\"{:.1}\" font-size=\"10\" fill=\"#4c6272\" text-anchor=\"middle\">{}</text>",
                y - 7.0,
                worded(point.1),
                BOTTOM + 14.0,
                grouped(point.0)
            );
        }
        let _ = write!(
            svg,
            "<text x=\"104\" y=\"{:.1}\" font-size=\"10\" fill=\"#4c6272\" text-anchor=\"middle\">{}</text>",
            BOTTOM + 28.0,
            escaped(&self.along)
        );
        svg
    }
}

fn worded(value: f64) -> String {
    match value {
        large if large >= 10.0 => format!("{large:.0}"),
        middle if middle >= 1.0 => format!("{middle:.1}"),
        small => format!("{small:.2}"),
    }
}

/// `50,000`.
fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
