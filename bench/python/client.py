"""SQLAlchemy with psycopg in `bench client`.

It is told line by line what to measure, `{"task": "point", "runs": 0, "seconds": 0.5}`, and answers with the seconds that
each run took. The rows are those of `src/client/data.rs`.
"""

import json
import random
import sys
import time
import uuid
from datetime import date, datetime
from enum import Enum
from typing import Any, Optional

import psycopg
import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects import postgresql


class FileFormat(Enum):
    csv = "csv"
    json = "json"
    parquet = "parquet"
    excel = "excel"
    unknown = "unknown"


class ProblemType(Enum):
    classification = "classification"
    regression = "regression"
    clustering = "clustering"
    other = "other"


class UserTier(Enum):
    free = "free"
    pro = "pro"
    enterprise = "enterprise"


class Base(orm.DeclarativeBase):
    type_annotation_map = {
        datetime: sa.DateTime(timezone=True),
        FileFormat: sa.Enum(FileFormat, name="file_format"),
        ProblemType: sa.Enum(ProblemType, name="problem_type"),
        UserTier: sa.Enum(UserTier, name="user_tier"),
        dict[str, Any]: postgresql.JSONB(none_as_null=True),
    }


class User(Base):
    __tablename__ = "users"

    id: orm.Mapped[uuid.UUID] = orm.mapped_column(primary_key=True)
    email: orm.Mapped[str]
    password_hash: orm.Mapped[Optional[str]]
    full_name: orm.Mapped[Optional[str]]
    tier: orm.Mapped[UserTier]
    credit_balance: orm.Mapped[int] = orm.mapped_column(sa.BigInteger)
    streak_count: orm.Mapped[int]
    last_active_date: orm.Mapped[Optional[date]]
    storage_used_bytes: orm.Mapped[int] = orm.mapped_column(sa.BigInteger)
    dataset_count: orm.Mapped[int]
    workflow_count: orm.Mapped[int]
    model_count: orm.Mapped[int]
    email_verified: orm.Mapped[bool]
    is_deleted: orm.Mapped[bool]
    deleted_at: orm.Mapped[Optional[datetime]]
    created_at: orm.Mapped[datetime] = orm.mapped_column(server_default=sa.func.now())
    updated_at: orm.Mapped[datetime] = orm.mapped_column(server_default=sa.func.now())

    datasets: orm.Mapped[list["Dataset"]] = orm.relationship()


class Dataset(Base):
    __tablename__ = "datasets"
    # `returning` brings back what the database set, with the statement itself.
    __mapper_args__ = {"eager_defaults": True}

    id: orm.Mapped[uuid.UUID] = orm.mapped_column(primary_key=True)
    user_id: orm.Mapped[uuid.UUID] = orm.mapped_column(sa.ForeignKey("users.id"))
    name: orm.Mapped[str]
    description: orm.Mapped[Optional[str]]
    original_filename: orm.Mapped[Optional[str]]
    original_format: orm.Mapped[FileFormat]
    original_size_bytes: orm.Mapped[Optional[int]] = orm.mapped_column(sa.BigInteger)
    parquet_size_bytes: orm.Mapped[Optional[int]] = orm.mapped_column(sa.BigInteger)
    s3_path: orm.Mapped[Optional[str]]
    row_count: orm.Mapped[Optional[int]] = orm.mapped_column(sa.BigInteger)
    column_count: orm.Mapped[Optional[int]]
    columns_metadata: orm.Mapped[Optional[dict[str, Any]]]
    problem_type: orm.Mapped[Optional[ProblemType]]
    target_column: orm.Mapped[Optional[str]]
    is_sample_dataset: orm.Mapped[bool]
    created_at: orm.Mapped[datetime] = orm.mapped_column(server_default=sa.func.now())
    updated_at: orm.Mapped[datetime] = orm.mapped_column(
        server_default=sa.func.now(), server_onupdate=sa.FetchedValue()
    )


def numbered(number: int) -> uuid.UUID:
    return uuid.UUID(f"00000000-0000-4000-8000-{number:012x}")


MANY = numbered(3000)


def new_row(number: int) -> dict[str, Any]:
    key = uuid.uuid4()
    return {
        "id": key,
        "user_id": numbered(random.randrange(2000, 3000)),
        "name": f"dataset {key}",
        "description": None,
        "original_filename": f"upload-{number}.csv",
        "original_format": FileFormat.csv,
        "original_size_bytes": 120_000,
        "parquet_size_bytes": 40_000,
        "s3_path": f"s3://automl/datasets/{key}.parquet",
        "row_count": 1_500,
        "column_count": 12,
        "columns_metadata": None,
        "problem_type": ProblemType.classification,
        "target_column": "label",
        "is_sample_dataset": False,
    }


def engine(url: str) -> sa.Engine:
    return sa.create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url))


class Peer:
    """One session on one connection that is held; each write commits."""

    def __init__(self, url: str) -> None:
        self.session = orm.Session(engine(url).connect(), expire_on_commit=False)
        newest = (
            sa.select(Dataset.created_at, Dataset.id)
            .where(Dataset.user_id == MANY)
            .order_by(Dataset.created_at.desc(), Dataset.id.desc())
        )
        rows = self.session.execute(newest).all()
        self.many = len(rows)
        self.cursors = rows[99 : len(rows) - 100 : 100]
        self.session.commit()

    def point(self, key: uuid.UUID) -> int:
        return 1 if self.session.get(Dataset, key) else 0

    def rows(self) -> int:
        return len(self.session.scalars(sa.select(Dataset).where(Dataset.user_id == MANY)).all())

    def insert(self, row: dict[str, Any]) -> int:
        self.session.add(Dataset(**row))
        self.session.commit()
        return 1

    def update(self, key: uuid.UUID, text: str) -> int:
        change = (
            sa.update(Dataset)
            .where(Dataset.id == key)
            .values(description=text)
            .returning(Dataset)
            .execution_options(synchronize_session=False)
        )
        self.session.scalars(change).one()
        self.session.commit()
        return 1

    def page(self, cursor: Any) -> int:
        query = (
            sa.select(Dataset)
            .where(Dataset.user_id == MANY)
            .where(sa.tuple_(Dataset.created_at, Dataset.id) < sa.tuple_(*cursor))
            .order_by(Dataset.created_at.desc(), Dataset.id.desc())
            .limit(100)
        )
        return len(self.session.scalars(query).all())

    def parents(self, keys: list[uuid.UUID]) -> int:
        query = (
            sa.select(User)
            .where(User.id.in_(keys), User.is_deleted.is_(False))
            .options(orm.selectinload(User.datasets))
        )
        return sum(len(user.datasets) for user in self.session.scalars(query))

    def bulk(self, rows: list[dict[str, Any]]) -> int:
        self.session.execute(sa.insert(Dataset), rows)
        self.session.commit()
        return len(rows)

    def work(self, task: str) -> tuple[Any, int]:
        """A run, whose values are made before the clock starts, and how many rows it must have."""
        if task == "point":
            key = numbered(1_000_000 + random.randrange(20_000))
            return (lambda: self.point(key)), 1
        if task == "rows":
            return self.rows, self.many
        if task == "insert":
            row = new_row(1)
            return (lambda: self.insert(row)), 1
        if task == "update":
            key = numbered(1_000_000 + random.randrange(20_000))
            return (lambda: self.update(key, f"as of {random.random()}")), 1
        if task.startswith("page"):
            cursor = random.choice(self.cursors)
            return (lambda: self.page(cursor)), 100
        if task == "parents":
            first = random.randrange(2000)
            keys = [numbered((first + 7 * number) % 2000) for number in range(100)]
            return (lambda: self.parents(keys)), 1000
        if task == "bulk":
            rows = [new_row(number) for number in range(self.many)]
            return (lambda: self.bulk(rows)), self.many
        raise ValueError(task)

    def run(self, task: str, runs: int, seconds: float) -> list[float]:
        samples: list[float] = []
        while len(samples) < runs if runs else sum(samples) < seconds:
            work, expected = self.work(task)
            since = time.perf_counter()
            found = work()
            samples.append(time.perf_counter() - since)
            if found != expected:
                raise ValueError(f"{task}: {found} rows instead of {expected}")
            # What the session remembers would spare the next run its query.
            self.session.expunge_all()
        self.session.commit()
        return samples


def main() -> None:
    peer, before = Peer(sys.argv[1]), Peer(sys.argv[2])
    versions = f"SQLAlchemy {sa.__version__}, psycopg {psycopg.__version__} ({psycopg.pq.__impl__}), Python {sys.version.split()[0]}"
    print(json.dumps({"versions": versions}), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        who = before if order["task"] == "page" else peer
        samples = who.run(order["task"], order["runs"], order["seconds"])
        print(json.dumps({"seconds": samples}), flush=True)


main()
