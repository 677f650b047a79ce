//! Real files for the documents of the record: a PDF written by a tiny generator of ours, a PNG, plain text.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::{Compression, write::ZlibEncoder};

/// How many characters fit on one line of a letter.
const LINE: usize = 88;
/// How many lines fit on one page.
const PAGE: usize = 50;

/// A PDF of A4 pages in Helvetica: `title` above, then `paragraphs`, wrapped.
pub(super) fn pdf(title: &str, paragraphs: &[&str]) -> Vec<u8> {
    let lines = wrapped(paragraphs);
    let pages: Vec<&[String]> = if lines.is_empty() {
        vec![&[]]
    } else {
        lines.chunks(PAGE).collect()
    };

    // Objects 1 to 3 are the catalogue, the page tree and the font; then a page and its content in turn.
    let kids: Vec<String> = (0..pages.len())
        .map(|page| format!("{} 0 R", 4 + page * 2))
        .collect();
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!(
            "<< /Type /Pages /Kids [{}] /Count {} >>",
            kids.join(" "),
            pages.len()
        ),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
    ];
    for (number, page) in pages.iter().enumerate() {
        let mut content = format!(
            "BT /F1 15 Tf 56 786 Td ({}) Tj /F1 10 Tf 14 TL 0 -10 Td\n",
            escaped(title)
        );
        for line in *page {
            let _ = writeln!(content, "T* ({}) Tj", escaped(line));
        }
        let _ = write!(
            content,
            "ET\nBT /F1 8 Tf 56 36 Td (Synthetic record. Page {} of {}.) Tj ET",
            number + 1,
            pages.len()
        );
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents {} 0 R >>",
            5 + number * 2
        ));
        objects.push(format!(
            "<< /Length {} >>\nstream\n{content}\nendstream",
            content.len()
        ));
    }

    let mut file = String::from("%PDF-1.4\n");
    let mut offsets = Vec::with_capacity(objects.len());
    for (at, object) in objects.iter().enumerate() {
        offsets.push(file.len());
        let _ = write!(file, "{} 0 obj\n{object}\nendobj\n", at + 1);
    }
    let table = file.len();
    let _ = write!(file, "xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for offset in offsets {
        let _ = writeln!(file, "{offset:010} 00000 n ");
    }
    let _ = write!(
        file,
        "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n",
        objects.len() + 1
    );
    file.into_bytes()
}

fn wrapped(paragraphs: &[&str]) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in paragraphs {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > LINE {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
        lines.push(String::new());
    }
    lines
}

/// Text of a PDF string: brackets and backslashes escaped, and anything beyond ASCII as its WinAnsi octal.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '(' | ')' | '\\' => {
                out.push('\\');
                out.push(letter);
            }
            ' '..='~' => out.push(letter),
            '\u{a0}'..='\u{ff}' => {
                let _ = write!(out, "\\{:03o}", u32::from(letter));
            }
            _ => out.push('?'),
        }
    }
    out
}

/// A small PNG standing for a wound photograph: a pale field, a red ellipse and a 10 mm scale bar.
pub(super) fn wound_photo(width_mm: u32, height_mm: u32) -> Vec<u8> {
    const SIDE: u32 = 96;
    const PIXELS_PER_MM: u32 = 4;
    let mut pixels = Vec::with_capacity((SIDE * (SIDE * 3 + 1)) as usize);
    let (across, down) = (
        i64::from(width_mm * PIXELS_PER_MM / 2).max(1),
        i64::from(height_mm * PIXELS_PER_MM / 2).max(1),
    );
    for y in 0..i64::from(SIDE) {
        pixels.push(0); // filter type: none
        for x in 0..i64::from(SIDE) {
            let (dx, dy) = (x - 48, y - 44);
            let inside = dx * dx * down * down + dy * dy * across * across <= across * across * down * down;
            let scale = (84..88).contains(&y) && (28..68).contains(&x);
            pixels.extend_from_slice(if inside {
                &[176, 52, 44]
            } else if scale {
                &[20, 20, 20]
            } else {
                &[236, 206, 188]
            });
        }
    }
    let mut file = vec![0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a];
    let mut header = Vec::new();
    header.extend_from_slice(&SIDE.to_be_bytes());
    header.extend_from_slice(&SIDE.to_be_bytes());
    header.extend_from_slice(&[8, 2, 0, 0, 0]); // 8 bits, true colour, no interlace
    chunk(&mut file, b"IHDR", &header);
    chunk(&mut file, b"IDAT", &deflated(&pixels));
    chunk(&mut file, b"IEND", &[]);
    file
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    // Writing to memory cannot fail; an empty image would be noticed by the test below.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

fn chunk(file: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    file.extend_from_slice(&length.to_be_bytes());
    let mut checksum = flate2::Crc::new();
    checksum.update(kind);
    checksum.update(data);
    file.extend_from_slice(kind);
    file.extend_from_slice(data);
    file.extend_from_slice(&checksum.sum().to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::{pdf, wound_photo};

    #[test]
    fn a_pdf_opens_and_closes_as_pdfs_do_and_its_table_points_at_its_objects() {
        let file = pdf(
            "Discharge (summary)",
            &["Apixaban started. \u{a3}5.", "word ".repeat(900).as_str()],
        );
        assert!(file.starts_with(b"%PDF-1.4"));
        assert!(file.ends_with(b"%%EOF\n"));
        let text = String::from_utf8(file).expect("ASCII only");
        let table: usize = text
            .rsplit("startxref\n")
            .next()
            .and_then(|end| end.lines().next())
            .and_then(|n| n.parse().ok())
            .expect("an offset");
        assert!(text[table..].starts_with("xref\n0 "));
        for (at, line) in text[table..]
            .lines()
            .skip(3)
            .take_while(|line| line.ends_with("n "))
            .enumerate()
        {
            let offset: usize = line[..10].parse().expect("ten digits");
            assert!(
                text[offset..].starts_with(&format!("{} 0 obj", at + 1)),
                "object {} is not at {offset}",
                at + 1
            );
        }
        assert!(text.contains("(Discharge \\(summary\\))") && text.contains("\\2435."));
        assert!(text.contains("Page 2 of 2"));
    }

    #[test]
    fn a_photo_is_a_png_of_some_size() {
        let file = wound_photo(12, 8);
        assert!(file.starts_with(&[0x89, b'P', b'N', b'G']));
        assert!(file.windows(4).any(|four| four == b"IEND") && file.len() > 200);
    }
}
