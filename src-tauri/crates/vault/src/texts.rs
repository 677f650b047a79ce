//! Many texts in one compressed block, each found again by its place.

use crate::error::{DamagedPart, VaultError};

/// A block is closed when its texts reach this many bytes. Larger blocks compress better, and waste less of their last
/// page, and open more slowly; at this size one opens in well under a millisecond.
const FULL: usize = 128 * 1024;
/// zstd's fastest usual level: on blocks of this size its packing is as close as level 3's.
const LEVEL: i32 = if cfg!(feature = "encryption-off") {
    // What is to be found in clear must not be hidden by packing either: below zero, zstd leaves what is new as it is.
    -131_072
} else {
    1
};
/// No block or screen we write unpacks to more than this; more is damage, not data.
const MOST: usize = 512 * 1024 * 1024;

fn damaged() -> VaultError {
    VaultError::Damaged {
        what: DamagedPart::PatientFile,
    }
}

/// Where a text lies within its block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) start: usize,
    pub(crate) length: usize,
}

/// Gathers texts until a block is full.
#[derive(Default)]
pub(crate) struct BlockBuilder {
    texts: Vec<u8>,
}

impl BlockBuilder {
    pub(crate) fn push(&mut self, text: &str) -> Place {
        let place = Place {
            start: self.texts.len(),
            length: text.len(),
        };
        self.texts.extend_from_slice(text.as_bytes());
        place
    }

    pub(crate) fn is_full(&self) -> bool {
        self.texts.len() >= FULL
    }

    /// The block's unpacked length and its compressed body; the builder is empty again.
    pub(crate) fn finish(&mut self, press: &mut Press) -> Result<(usize, Vec<u8>), VaultError> {
        let body = press.pack(&self.texts)?;
        let length = self.texts.len();
        self.texts.clear();
        Ok((length, body))
    }
}

/// Compresses and unpacks; keeps zstd's working memory between calls.
pub(crate) struct Press {
    packer: zstd::bulk::Compressor<'static>,
    unpacker: zstd::bulk::Decompressor<'static>,
}

impl Press {
    pub(crate) fn new() -> Result<Self, VaultError> {
        let doing = "preparing compression";
        let mut packer =
            zstd::bulk::Compressor::new(LEVEL).map_err(|source| VaultError::Io { doing, source })?;
        // A second net below SQLCipher's: a block that is not what was packed never unpacks to something else.
        packer
            .set_parameter(zstd::zstd_safe::CParameter::ChecksumFlag(true))
            .map_err(|source| VaultError::Io { doing, source })?;
        let unpacker = zstd::bulk::Decompressor::new().map_err(|source| VaultError::Io { doing, source })?;
        Ok(Self { packer, unpacker })
    }

    pub(crate) fn pack(&mut self, bytes: &[u8]) -> Result<Vec<u8>, VaultError> {
        self.packer.compress(bytes).map_err(|source| VaultError::Io {
            doing: "compressing",
            source,
        })
    }

    /// Unpacks to text of exactly `length` bytes.
    pub(crate) fn unpack(&mut self, body: &[u8], length: usize) -> Result<String, VaultError> {
        String::from_utf8(self.unpack_bytes(body, length)?).map_err(|_| damaged())
    }

    /// Unpacks to exactly `length` bytes.
    pub(crate) fn unpack_bytes(&mut self, body: &[u8], length: usize) -> Result<Vec<u8>, VaultError> {
        if length > MOST {
            return Err(damaged());
        }
        let bytes = self.unpacker.decompress(body, length).map_err(|_| damaged())?;
        if bytes.len() != length {
            return Err(damaged());
        }
        Ok(bytes)
    }
}

/// A text that is packed as it is written, so that it is never held whole.
pub(crate) struct Packing {
    /// Gathers the many small writes of a serialiser.
    packer: std::io::BufWriter<zstd::stream::write::Encoder<'static, Vec<u8>>>,
    length: usize,
}

impl Packing {
    pub(crate) fn new() -> Result<Self, VaultError> {
        let packer = zstd::stream::write::Encoder::new(Vec::new(), LEVEL).and_then(|mut packer| {
            packer.include_checksum(true)?;
            Ok(packer)
        });
        let packer = packer.map_err(|source| VaultError::Io {
            doing: "preparing compression",
            source,
        })?;
        Ok(Self {
            packer: std::io::BufWriter::with_capacity(64 * 1024, packer),
            length: 0,
        })
    }

    /// The text's length and its compressed body.
    pub(crate) fn finish(self) -> Result<(usize, Vec<u8>), VaultError> {
        let packed = self
            .packer
            .into_inner()
            .map_err(std::io::IntoInnerError::into_error)
            .and_then(zstd::stream::write::Encoder::finish);
        match packed {
            Ok(packed) => Ok((self.length, packed)),
            Err(source) => Err(VaultError::Io {
                doing: "compressing",
                source,
            }),
        }
    }
}

impl std::io::Write for Packing {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.packer.write(bytes)?;
        self.length += written;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.packer.flush()
    }
}

/// The text at a place of an unpacked block.
pub(crate) fn text_at(block: &str, place: Place) -> Result<&str, VaultError> {
    let end = place.start.checked_add(place.length).ok_or_else(damaged)?;
    block.get(place.start..end).ok_or_else(damaged)
}
