//! Where documents lie in the file, and how they get there and away.
//!
//! A job's pieces are numbered through all its documents, and a [`Place`] is
//! the job's sequence with such a number: the row of one piece, without an
//! index. The first piece of a document lies in its own row of `document`, so
//! that a receipt is one row; what follows lies in `document_piece`. Nothing
//! of it can be read without the key: see [`super::seal`].

use platen_protocol::JobId;
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::{Deserialize, Serialize};

use super::StoreError;
use super::seal::{KeyId, Label, Piece, SealError, Vault};
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

    /// As a piece's label says it.
    pub(super) fn octets(self) -> [u8; 8] {
        self.0.to_be_bytes()
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

/// Stores a job's documents, sealed.
pub(super) fn insert(
    connection: &Connection,
    vault: &Vault,
    job: u64,
    documents: &[NewDocument],
) -> rusqlite::Result<()> {
    let mut place = Place::first_of(job)?;
    for document in documents {
        let mut pieces = document
            .body
            .pieces
            .iter()
            .flat_map(|piece| piece.chunks(PIECE_OCTETS_MAX))
            .peekable();
        let first = pieces.next().unwrap_or_default();
        let label = Label {
            place,
            begins: Some((&document.format, document.octets)),
        };
        connection
            .prepare_cached(
                "INSERT INTO document (place, format, octets, data) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![
                place,
                document.format,
                document.octets,
                seal(vault, &label, first, pieces.peek().is_none())?
            ])?;
        place = place.plus(1)?;
        while let Some(piece) = pieces.next() {
            let label = Label {
                place,
                begins: None,
            };
            connection
                .prepare_cached("INSERT INTO document_piece (place, data) VALUES (?1, ?2)")?
                .execute(params![
                    place,
                    seal(vault, &label, piece, pieces.peek().is_none())?
                ])?;
            place = place.plus(1)?;
        }
    }
    Ok(())
}

/// A sealed piece; failing to seal one fails the transaction.
pub(super) fn seal(
    vault: &Vault,
    label: &Label<'_>,
    octets: &[u8],
    is_last: bool,
) -> rusqlite::Result<Vec<u8>> {
    vault
        .seal(label, octets, is_last)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

/// A row of `document`, without its data.
pub(super) struct DocumentRow {
    pub(super) place: Place,
    pub(super) format: String,
    pub(super) octets: u64,
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
        "SELECT place, format, octets FROM document
         WHERE place BETWEEN ?1 AND ?2 ORDER BY place",
    )?;
    let rows = statement.query_map(
        params![Place::first_of(job)?, Place::last_of(job)?],
        |row| {
            Ok(DocumentRow {
                place: row.get(0)?,
                format: row.get(1)?,
                octets: row.get(2)?,
            })
        },
    )?;
    rows.collect()
}

/// Piece `number` of the document that begins at `place`; `None` after its
/// end.
///
/// # Errors
/// When it cannot be opened, or is missing before the document's end.
pub(super) fn piece(
    connection: &Connection,
    vault: &Vault,
    place: Place,
    number: u32,
) -> Result<Option<Vec<u8>>, StoreError> {
    if let Some(found) = open(connection, vault, place, number)? {
        return Ok(Some(found.octets));
    }
    // The document must have ended before: what is sealed says whether it did.
    let Some(before) = number.checked_sub(1) else {
        return Err(SealError::PieceMissing.into());
    };
    match open(connection, vault, place, before)? {
        Some(found) if !found.is_last => Err(SealError::PieceMissing.into()),
        Some(_) | None => Ok(None),
    }
}

fn open(
    connection: &Connection,
    vault: &Vault,
    begin: Place,
    number: u32,
) -> Result<Option<Piece>, StoreError> {
    let Ok(place) = begin.plus(number) else {
        return Ok(None);
    };
    let opened = if number == 0 {
        connection
            .prepare_cached("SELECT data, format, octets FROM document WHERE place = ?1")?
            .query_row(params![place], |row| {
                let begins = Some((row.get_ref(1)?.as_str()?, row.get(2)?));
                Ok(vault.open(&Label { place, begins }, row.get_ref(0)?.as_blob()?))
            })
    } else {
        connection
            .prepare_cached("SELECT data FROM document_piece WHERE place = ?1")?
            .query_row(params![place], |row| {
                let label = Label {
                    place,
                    begins: None,
                };
                Ok(vault.open(&label, row.get_ref(0)?.as_blob()?))
            })
    };
    Ok(opened.optional()?.transpose()?)
}

/// All pieces of the document that begins at `place`.
///
/// # Errors
/// As [`piece`].
pub(super) fn pieces(
    connection: &Connection,
    vault: &Vault,
    place: Place,
) -> Result<Vec<Vec<u8>>, StoreError> {
    let mut pieces = Vec::new();
    for number in 0.. {
        let Some(found) = open(connection, vault, place, number)? else {
            return Err(SealError::PieceMissing.into());
        };
        pieces.push(found.octets);
        if found.is_last {
            break;
        }
    }
    Ok(pieces)
}

/// What there is of a job's documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeptDocuments {
    /// They can be printed.
    Kept,
    /// Retention has purged them.
    Purged,
    /// They are stored, and the key that sealed them is not here.
    KeyMissing,
}

/// What there is of this job's documents.
pub(super) fn kept(
    connection: &Connection,
    vault: &Vault,
    job: u64,
) -> rusqlite::Result<KeptDocuments> {
    let ids = vault.ids();
    let mut statement = connection.prepare_cached(
        "SELECT substr(data, ?3, ?4) FROM document WHERE place BETWEEN ?1 AND ?2",
    )?;
    let mut rows = statement.query(params![
        Place::first_of(job)?,
        Place::last_of(job)?,
        Vault::ID_AT,
        ids[0].octets().len()
    ])?;
    let mut kept = KeptDocuments::Purged;
    while let Some(row) = rows.next()? {
        let sealed_with = row.get_ref(0)?.as_blob()?;
        if ids.iter().any(|id| id.octets() == sealed_with) {
            kept = KeptDocuments::Kept;
        } else {
            return Ok(KeptDocuments::KeyMissing);
        }
    }
    Ok(kept)
}

/// How many documents, and of these documents of jobs that have not ended,
/// were sealed with a key that is not here.
pub(super) fn without_key(connection: &Connection, vault: &Vault) -> rusqlite::Result<(u64, u64)> {
    let ids = vault.ids();
    let known: Vec<String> = (1..=ids.len()).map(|number| format!("?{number}")).collect();
    let sql = format!(
        "SELECT count(*), count(*) FILTER (
             WHERE job.state NOT IN ('completed', 'aborted', 'canceled'))
         FROM document LEFT JOIN job ON job.sequence = document.place >> {PIECE_BITS}
         WHERE substr(data, {}, {}) NOT IN ({})",
        Vault::ID_AT,
        ids[0].octets().len(),
        known.join(", ")
    );
    connection.query_row(
        &sql,
        rusqlite::params_from_iter(ids.iter().map(KeyId::octets)),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
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

    fn vault() -> Vault {
        Vault::new(&[7; 32])
    }

    /// Two jobs, each with a document of two pieces and one of one.
    fn file() -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        super::super::schema::migrate(&mut connection, &vault()).unwrap();
        let document = |pieces: &[&'static [u8]]| NewDocument {
            format: "text/plain".to_owned(),
            octets: pieces.concat().len() as u64,
            sha256: platen_protocol::Digest::of(&pieces.concat()),
            body: crate::dispatch::DocumentBody {
                pieces: pieces.iter().map(|piece| (*piece).into()).collect(),
            },
        };
        for job in [1, 2] {
            let documents = [document(&[b"first", b"piece"]), document(&[b"alone"])];
            insert(&connection, &vault(), job, &documents).unwrap();
        }
        connection
    }

    /// What comes out of the first document of job 1 after `sql` changed the
    /// file, whole and piece by piece.
    fn read_after(sql: &str) -> Result<Vec<u8>, String> {
        let connection = file();
        connection.execute_batch(sql).unwrap();
        let place = Place::first_of(1).unwrap();
        let whole = pieces(&connection, &vault(), place).map(|pieces| pieces.concat());
        let mut singly = Ok(Vec::new());
        for number in 0.. {
            match piece(&connection, &vault(), place, number) {
                Ok(Some(octets)) => singly = singly.map(|sum| [sum, octets].concat()),
                Ok(None) => break,
                Err(error) => {
                    singly = Err(error);
                    break;
                }
            }
        }
        let told = |error: StoreError| {
            assert_eq!(error.code(), platen_protocol::ErrorCode::PayloadLost);
            error.to_string()
        };
        let (whole, singly) = (whole.map_err(told), singly.map_err(told));
        assert_eq!(whole, singly, "{sql}");
        whole
    }

    #[test]
    fn documents_come_out_as_they_went_in_or_not_at_all() {
        assert_eq!(read_after(""), Ok(b"firstpiece".to_vec()));
        let altered = Err(SealError::Altered.to_string());
        let missing = Err(SealError::PieceMissing.to_string());
        let (one, two) = (1 << PIECE_BITS, 2 << PIECE_BITS);
        for (sql, expected) in [
            (
                "UPDATE document SET data = (SELECT data FROM document WHERE place = {two})
                 WHERE place = {one}",
                &altered,
            ),
            (
                "UPDATE document_piece SET data =
                     (SELECT data FROM document_piece WHERE place = {two} + 1)
                 WHERE place = {one} + 1",
                &altered,
            ),
            (
                "UPDATE document SET data = (SELECT data FROM document WHERE place = {one} + 2)
                 WHERE place = {one}",
                &altered,
            ),
            (
                "UPDATE document_piece SET data = (SELECT data FROM document WHERE place = {one})
                 WHERE place = {one} + 1",
                &altered,
            ),
            (
                "UPDATE document SET format = 'application/octet-stream' WHERE place = {one}",
                &altered,
            ),
            (
                "UPDATE document SET octets = 5 WHERE place = {one}",
                &altered,
            ),
            (
                "UPDATE document_piece SET data = substr(data, 1, length(data) - 1)",
                &altered,
            ),
            ("UPDATE document_piece SET data = x''", &altered),
            (
                "DELETE FROM document_piece WHERE place = {one} + 1",
                &missing,
            ),
            ("DELETE FROM document WHERE place = {one}", &missing),
        ] {
            let sql = sql
                .replace("{one}", &one.to_string())
                .replace("{two}", &two.to_string());
            assert_eq!(&read_after(&sql), expected, "{sql}");
        }
    }

    #[test]
    fn documents_of_another_key_are_counted() {
        let connection = file();
        assert_eq!(without_key(&connection, &vault()).unwrap(), (0, 0));
        let of = |job, vault: &Vault| kept(&connection, vault, job).unwrap();
        assert_eq!(of(1, &vault()), KeptDocuments::Kept);
        assert_eq!(of(3, &vault()), KeptDocuments::Purged);
        let mut other = Vault::new(&[8; 32]);
        assert_eq!(of(1, &other), KeptDocuments::KeyMissing);
        assert_eq!(without_key(&connection, &other).unwrap().0, 4);
        other.add_former(&[7; 32]);
        assert_eq!(without_key(&connection, &other).unwrap().0, 0);
    }
}
