//! Where postcodes are: a table that the installation loads.

use domain::place::Point;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use crate::entity::postcode;
use crate::{StoreError, Tx, sql};

/// Rows of one statement: three parameters each, below the limit of every SQLite.
const ROWS: usize = 300;

/// Writes postcodes, the later place of one known before counts.
pub async fn put(tx: &Tx, places: &[(&str, Point)]) -> Result<(), StoreError> {
    for rows in places.chunks(ROWS) {
        let marks: Vec<String> = (0..rows.len())
            .map(|row| format!("(${}, ${}, ${})", 3 * row + 1, 3 * row + 2, 3 * row + 3))
            .collect();
        let query = format!(
            "insert into postcode (code, latitude, longitude) values {} on conflict (code) \
             do update set latitude = excluded.latitude, longitude = excluded.longitude",
            marks.join(", ")
        );
        let values = rows
            .iter()
            .flat_map(|(code, point)| [(*code).into(), point.latitude().into(), point.longitude().into()]);
        sql::run(&**tx, &query, values).await?;
    }
    Ok(())
}

/// Where the first of these codes is that is known.
pub async fn find(db: &impl ConnectionTrait, codes: &[String]) -> Result<Option<Point>, StoreError> {
    if codes.is_empty() {
        return Ok(None);
    }
    let rows = postcode::Entity::find().filter(postcode::Column::Code.is_in(codes)).all(db).await?;
    let found = codes.iter().find_map(|code| rows.iter().find(|row| row.code == *code));
    Ok(found.and_then(|row| Point::new(row.latitude, row.longitude)))
}
