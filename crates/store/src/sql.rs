//! Short ways to run a statement; `$1` parameters serve both databases.

use sea_orm::{ActiveModelBehavior, ActiveModelTrait, EntityTrait};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, IntoActiveModel, ModelTrait, Statement, Value};

use crate::StoreError;

pub fn statement(db: &impl ConnectionTrait, sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(db.get_database_backend(), sql, values)
}

/// Runs a statement; answers the number of rows it touched.
pub async fn run(
    db: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<u64, StoreError> {
    Ok(db.execute_raw(statement(db, sql, values)).await?.rows_affected())
}

pub async fn all<T: FromQueryResult>(
    db: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<T>, StoreError> {
    Ok(T::find_by_statement(statement(db, sql, values)).all(db).await?)
}

pub async fn one<T: FromQueryResult>(
    db: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Option<T>, StoreError> {
    Ok(T::find_by_statement(statement(db, sql, values)).one(db).await?)
}

/// A single number, selected as `n`.
pub async fn count(
    db: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<i64, DbErr> {
    match db.query_one_raw(statement(db, sql, values)).await? {
        Some(row) => row.try_get::<i64>("", "n").or_else(|_| row.try_get::<i32>("", "n").map(i64::from)),
        None => Ok(0),
    }
}

/// A single text, selected as `t`.
pub async fn text(db: &impl ConnectionTrait, sql: &str) -> Result<String, DbErr> {
    match db.query_one_raw(statement(db, sql, [])).await? {
        Some(row) => row.try_get("", "t"),
        None => Ok(String::new()),
    }
}

/// Writes a new row.
pub async fn insert<M, A>(db: &impl ConnectionTrait, model: M) -> Result<(), StoreError>
where
    M: ModelTrait + IntoActiveModel<A>,
    M::Entity: EntityTrait<Model = M, ActiveModel = A>,
    A: ActiveModelTrait<Entity = M::Entity> + ActiveModelBehavior + Send,
{
    M::Entity::insert(model.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// Writes many rows, in statements of at most 200.
pub async fn insert_all<M, A>(db: &impl ConnectionTrait, models: Vec<M>) -> Result<(), StoreError>
where
    M: ModelTrait + IntoActiveModel<A> + Clone,
    M::Entity: EntityTrait<Model = M, ActiveModel = A>,
    A: ActiveModelTrait<Entity = M::Entity> + ActiveModelBehavior + Send,
{
    for chunk in models.chunks(200) {
        let rows = chunk.iter().cloned().map(IntoActiveModel::into_active_model);
        M::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Writes all columns of an existing row.
pub async fn update<M, A>(db: &impl ConnectionTrait, model: M) -> Result<(), StoreError>
where
    M: ModelTrait + IntoActiveModel<A>,
    M::Entity: EntityTrait<Model = M, ActiveModel = A>,
    A: ActiveModelTrait<Entity = M::Entity> + ActiveModelBehavior + Send,
{
    M::Entity::update(model.into_active_model().reset_all()).exec(db).await?;
    Ok(())
}
