//! Writing a projection piece by piece: of a long record no screen is ever held whole.

use std::collections::HashSet;
use std::io::Write as _;

use curlew_record::view::{Line, ResultSeries, Results, Sections};
use curlew_record::{Pieces, Projection, Screen, TimelineRow};
use rusqlite::{Connection, params};

use crate::columns::ColumnsBuilder;
use crate::error::VaultError;
use crate::lines::{line_of_group, line_of_point};
use crate::packing::damaged;
use crate::projecting::{json, screen, set_bytes, set_packed, set_screen};
use crate::staging::{TextDigest, digest, reading};
use crate::texts::{Packing, Press};
use crate::words::WordsBuilder;

/// A block of the timeline is closed when its lines reach this many bytes. A search opens a block for each line it shows.
const TIMELINE_BLOCK: usize = 32 * 1024;

/// Writes the timeline, a row at a time, newest first.
#[derive(Default)]
struct TimelineRows {
    words: WordsBuilder,
    columns: ColumnsBuilder,
    /// Lines of the block that is open, and the position of its first.
    block: String,
    first: usize,
    /// Rows so far.
    position: usize,
    /// The lines' ids, a line each.
    names: String,
    /// Lines that are in it, by digests: their names are long.
    lines: HashSet<TextDigest>,
}

impl TimelineRows {
    fn push(&mut self, row: &TimelineRow, file: &Connection, press: &mut Press) -> Result<(), VaultError> {
        self.words.push(self.position, &row.search_text)?;
        self.columns.push(row)?;
        // JSON has no line breaks of its own: each line of the block is a line.
        self.block.push_str(&json(&row.line)?);
        self.block.push('\n');
        self.names.push_str(&row.line.id);
        self.names.push('\n');
        self.lines.insert(digest(&row.line.id));
        self.position += 1;
        if self.block.len() >= TIMELINE_BLOCK {
            self.close_block(file, press)
        } else {
            Ok(())
        }
    }

    fn close_block(&mut self, file: &Connection, press: &mut Press) -> Result<(), VaultError> {
        if self.block.is_empty() {
            return Ok(());
        }
        let body = press.pack(self.block.as_bytes())?;
        file.prepare_cached("INSERT INTO timeline_block (id, length, body) VALUES (?, ?, ?)")
            .and_then(|mut insert| insert.execute(params![self.first, self.block.len(), body]))
            .map_err(reading)?;
        self.block.clear();
        self.first = self.position;
        Ok(())
    }

    /// Writes what is left. Gives the lines that are in the timeline.
    fn finish(mut self, file: &Connection, press: &mut Press) -> Result<HashSet<TextDigest>, VaultError> {
        self.close_block(file, press)?;
        set_bytes(file, screen::TIMELINE, &self.columns.finish(), press)?;
        set_screen(file, screen::TIMELINE_LINES, &self.names, press)?;
        self.words.write(file, press)?;
        Ok(self.lines)
    }
}

/// Takes the pieces of a projection into the tables of a patient's file, which are empty.
pub(crate) struct Writing<'f> {
    file: &'f Connection,
    press: &'f mut Press,
    /// Until the last row has come.
    timeline: Option<TimelineRows>,
    /// Lines that stand somewhere already.
    known: HashSet<TextDigest>,
    /// The Results screen, as far as it has come.
    results: Packing,
    any_series: bool,
    any_other: bool,
    /// Results that stand on no line so far.
    points: Vec<Line>,
    /// What cannot be written once is not tried again for the pieces that follow.
    written: Result<(), VaultError>,
}

impl Pieces for Writing<'_> {
    fn row(&mut self, row: TimelineRow) {
        if let (Ok(()), Some(timeline)) = (&self.written, &mut self.timeline) {
            self.written = timeline.push(&row, self.file, self.press);
        }
    }

    fn sections(&mut self, screen: Screen, sections: Sections) {
        if self.written.is_ok() {
            self.written = self.write_sections(screen, &sections);
        }
    }

    fn series(&mut self, series: ResultSeries) {
        if self.written.is_ok() {
            self.written = self.write_series(&series);
        }
    }

    fn other_result(&mut self, line: Line) {
        if self.written.is_ok() {
            self.written = self.write_other_result(&line);
        }
    }
}

impl<'f> Writing<'f> {
    pub(crate) fn new(file: &'f Connection, press: &'f mut Press) -> Result<Self, VaultError> {
        Ok(Self {
            file,
            press,
            timeline: Some(TimelineRows::default()),
            known: HashSet::new(),
            results: Packing::new()?,
            any_series: false,
            any_other: false,
            points: Vec::new(),
            written: Ok(()),
        })
    }

    fn end_timeline(&mut self) -> Result<(), VaultError> {
        if let Some(timeline) = self.timeline.take() {
            self.known = timeline.finish(self.file, self.press)?;
        }
        Ok(())
    }

    fn write_sections(&mut self, screen: Screen, sections: &Sections) -> Result<(), VaultError> {
        self.end_timeline()?;
        let name = match screen {
            Screen::Summary => screen::SUMMARY,
            Screen::Documents => screen::DOCUMENTS,
            Screen::Plans => screen::PLANS,
            Screen::People => screen::PEOPLE,
        };
        set_screen(self.file, name, &json(sections)?, self.press)?;
        for line in sections.sections.iter().flat_map(|section| &section.lines) {
            self.write_other(line)?;
        }
        Ok(())
    }

    /// A line of another screen that is not in the timeline: it too opens to its sources.
    fn write_other(&mut self, line: &Line) -> Result<(), VaultError> {
        if !self.known.insert(digest(&line.id)) {
            return Ok(());
        }
        let body = json(line)?;
        let packed = self.press.pack(body.as_bytes())?;
        self.file
            .prepare_cached("INSERT OR IGNORE INTO other_line (line, length, body) VALUES (?, ?, ?)")
            .and_then(|mut insert| insert.execute(params![line.id, body.len(), packed]))
            .map_err(reading)?;
        Ok(())
    }

    fn write_series(&mut self, series: &ResultSeries) -> Result<(), VaultError> {
        self.begin_or(self.any_series, SERIES)?;
        self.any_series = true;
        serde_json::to_writer(&mut self.results, series).map_err(|_| damaged())?;
        for point in &series.points {
            if !self.known.contains(&digest(&point.id)) {
                self.points.push(line_of_point(series, point));
            }
        }
        Ok(())
    }

    fn write_other_result(&mut self, line: &Line) -> Result<(), VaultError> {
        if !self.any_other && !self.any_series {
            self.results.write_all(SERIES.as_bytes()).map_err(packing)?;
        }
        self.begin_or(self.any_other, OTHER)?;
        self.any_other = true;
        serde_json::to_writer(&mut self.results, line).map_err(|_| damaged())?;
        self.write_other(line)
    }

    /// Begins a list of the Results screen, or goes on with it.
    fn begin_or(&mut self, begun: bool, beginning: &str) -> Result<(), VaultError> {
        let before = if begun { "," } else { beginning };
        self.results.write_all(before.as_bytes()).map_err(packing)
    }

    /// Writes what is left, with what the projection still has.
    pub(crate) fn finish(mut self, projection: &Projection) -> Result<(), VaultError> {
        std::mem::replace(&mut self.written, Ok(()))?;
        self.end_timeline()?;
        self.write_rest_of_results(&projection.results)?;
        let medicines = &projection.medicines;
        for group in medicines.current.iter().chain(&medicines.past) {
            self.write_other(&line_of_group(group))?;
        }
        for line in std::mem::take(&mut self.points) {
            self.write_other(&line)?;
        }
        let (length, packed) = self.results.finish()?;
        set_packed(self.file, screen::RESULTS, length, &packed)
    }

    /// The Results screen is one text: the series and the other lines have gone into it already, the rest comes after them.
    fn write_rest_of_results(&mut self, rest: &Results) -> Result<(), VaultError> {
        let rest = json(rest)?;
        // It begins with both lists, which are empty here: what has been begun of them already is left out.
        let end = rest.strip_prefix(SERIES).ok_or_else(damaged)?;
        let end = if self.any_other {
            end.strip_prefix(OTHER).ok_or_else(damaged)?
        } else {
            if !self.any_series {
                self.results.write_all(SERIES.as_bytes()).map_err(packing)?;
            }
            end
        };
        self.results.write_all(end.as_bytes()).map_err(packing)
    }
}

/// How the text of the Results screen begins.
const SERIES: &str = r#"{"series":["#;
/// How it goes on after the series.
const OTHER: &str = r#"],"other":["#;

fn packing(source: std::io::Error) -> VaultError {
    VaultError::Io {
        doing: "compressing",
        source,
    }
}
