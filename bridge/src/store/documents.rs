//! Where documents lie in the file, and how they get there and away.
//!
//! A job's pieces are numbered through all its documents, and a [`Place`] is
//! the job's sequence with such a number: the row of one piece, without an
//! index. The first piece of a document lies in its own row of `document`, so
//! that a receipt is one row; what follows lies in `document_piece`.

use platen_protocol::{Digest, JobId};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::job::NewDocument;

/// A piece has at most this many octets.
const PIECE_OCTETS_MAX: usize = 256 * 1024;
/// Bits of a place that number the pieces of one job.
pub(super) const PIECE_BITS: u32 = 20;

/// The row of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place(i64);

impl Place {
    /// Where the pieces of the job with this sequence begin.
    pub(super) fn first_of(job: u64) -> rusqlite::Result<Self> {
        i64::try_from(job)
            .ok()
            .filter(|job| *job < 1 << (63 - PIECE_BITS))
            .map(|job| Self(job << PIECE_BITS))
            .ok_or_else(too_many)
    }

    /// Where they end at most.
    pub(super) fn last_of(job: u64) -> rusqlite::Result<Self> {
        Self::first_of(job)?.plus((1 << PIECE_BITS) - 1)
    }

    /// This many pieces on, in the same job.
    pub(super) fn plus(self, pieces: u32) -> rusqlite::Result<Self> {
        let place = self.0 + i64::from(pieces);
        if place >> PIECE_BITS == self.0 >> PIECE_BITS {
            Ok(Self(place))
        } else {
            Err(too_many())
        }
    }
}

fn too_many() -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure("more pieces than one job can have".into())
}

impl rusqlite::ToSql for Place {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        self.0.to_sql()
    }
}

impl rusqlite::types::FromSql for Place {
    fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
        i64::column_result(value).map(Self)
    }
}

/// Stores a job's documents.
pub(super) fn insert(
    connection: &Connection,
    job: u64,
    documents: &[NewDocument],
) -> rusqlite::Result<()> {
    let mut place = Place::first_of(job)?;
    for document in documents {
        let mut pieces = document
            .body
            .pieces
            .iter()
            .flat_map(|piece| piece.chunks(PIECE_OCTETS_MAX));
        connection
            .prepare_cached(
                "INSERT INTO document (place, format, octets, sha256, data)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                place,
                document.format,
                document.octets,
                document.sha256.octets().as_slice(),
                pieces.next().unwrap_or_default()
            ])?;
        place = place.plus(1)?;
        for piece in pieces {
            connection
                .prepare_cached("INSERT INTO document_piece (place, data) VALUES (?1, ?2)")?
                .execute(params![place, piece])?;
            place = place.plus(1)?;
        }
    }
    Ok(())
}

/// A row of `document`, without its data.
pub(super) struct DocumentRow {
    pub(super) place: Place,
    pub(super) format: String,
    pub(super) octets: u64,
    pub(super) sha256: Digest,
}

/// A job's documents, in order; none when they were purged.
pub(super) fn of_job(
    connection: &Connection,
    job_id: &JobId,
) -> rusqlite::Result<Vec<DocumentRow>> {
    let job: Option<u64> = connection
        .prepare_cached("SELECT sequence FROM job WHERE job_id = ?1")?
        .query_row(params![job_id.as_str()], |row| row.get(0))
        .optional()?;
    let Some(job) = job else {
        return Ok(Vec::new());
    };
    let mut statement = connection.prepare_cached(
        "SELECT place, format, octets, sha256 FROM document
         WHERE place BETWEEN ?1 AND ?2 ORDER BY place",
    )?;
    let rows = statement.query_map(
        params![Place::first_of(job)?, Place::last_of(job)?],
        |row| {
            Ok(DocumentRow {
                place: row.get(0)?,
                format: row.get(1)?,
                octets: row.get(2)?,
                sha256: Digest::from_octets(row.get(3)?),
            })
        },
    )?;
    rows.collect()
}

/// Piece `piece` of the document that begins at `place`; `None` after its end,
/// for there begins another document.
pub(super) fn piece(
    connection: &Connection,
    place: Place,
    piece: u32,
) -> rusqlite::Result<Option<Vec<u8>>> {
    let Ok(place) = place.plus(piece) else {
        return Ok(None);
    };
    let sql = match piece {
        0 => "SELECT data FROM document WHERE place = ?1",
        _ => "SELECT data FROM document_piece WHERE place = ?1",
    };
    connection
        .prepare_cached(sql)?
        .query_row(params![place], |row| row.get(0))
        .optional()
}

/// All pieces of the document that begins at `place`.
pub(super) fn pieces(connection: &Connection, place: Place) -> rusqlite::Result<Vec<Vec<u8>>> {
    (0..)
        .map(|number| piece(connection, place, number))
        .map_while(Result::transpose)
        .collect()
}

/// Removes a job's documents.
pub(super) fn forget(connection: &Connection, job: u64) -> rusqlite::Result<()> {
    let places = params![Place::first_of(job)?, Place::last_of(job)?];
    connection
        .prepare_cached("DELETE FROM document WHERE place BETWEEN ?1 AND ?2")?
        .execute(places)?;
    connection
        .prepare_cached("DELETE FROM document_piece WHERE place BETWEEN ?1 AND ?2")?
        .execute(places)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pieces_of_one_job_never_reach_into_the_next() {
        let last = Place::last_of(7).unwrap();
        assert!(last.plus(1).is_err());
        assert_eq!(last.0 + 1, Place::first_of(8).unwrap().0);
        assert!(Place::first_of(1 << 43).is_err());
    }
}
