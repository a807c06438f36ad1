"""A backup as a file: a .tar.gz with a manifest and one payload, written whole or not at all, checked when opened.

Only these two members are ever read, by name and as streams: nothing is unpacked where an archive says.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import tarfile
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from pydantic import TypeAdapter, ValidationError

from business.backup.errors import BackupRefused

FORMAT = 1
_MANIFEST = "manifest.json"
_LARGEST_MANIFEST = 1 << 20
_PART = 1 << 20


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is in a backup.

    Attributes:
        kind: sqlite or postgresql.
        payload: Name of the database's file in the archive.
        sha256: Of the payload.
        size: Of the payload, in bytes.
        revision: Of the schema.
        created_at: ISO 8601, UTC.
        rows: How many rows each table has.
        format: Version of this description.
    """

    kind: str
    payload: str
    sha256: str
    size: int
    revision: str
    created_at: str
    rows: dict[str, int]
    format: int = FORMAT


_MANIFESTS = TypeAdapter(Manifest)


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def pack(manifest: Manifest, payload: Path, target: Path) -> None:
    """Write the archive beside ``target`` and move it there when it is whole; only its owner may read it."""
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    text = draft.with_name(f"{draft.name}.json")
    try:
        text.write_text(json.dumps(asdict(manifest), indent=2))
        draft.touch(mode=0o600, exist_ok=False)
        with (
            draft.open("wb") as stream,
            tarfile.open(fileobj=stream, mode="w:gz", compresslevel=6) as archive,
        ):
            archive.add(text, _MANIFEST)
            archive.add(payload, manifest.payload)
        with draft.open("rb") as stream:
            os.fsync(stream.fileno())
        draft.replace(target)
    finally:
        for leftover in (text, draft):
            leftover.unlink(missing_ok=True)


def read_manifest(source: Path) -> Manifest:
    """What is in the backup. Raises BackupRefused (no_such_file, corrupt, unknown_format)."""
    if not source.is_file():
        raise BackupRefused("no_such_file", f"There is no file {source}.")
    with _opened(source) as archive:
        return _manifest(archive)


def unpack(source: Path, target: Path) -> Manifest:
    """Write the payload to ``target`` and check it against the manifest. Raises BackupRefused as ``read_manifest``."""
    read_manifest(source)
    try:
        with _opened(source) as archive:
            manifest = _manifest(archive)
            with _member(archive, manifest.payload) as payload, target.open("wb") as written:
                shutil.copyfileobj(payload, written, _PART)
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _corrupt() from error
    if target.stat().st_size != manifest.size or digest_of(target) != manifest.sha256:
        raise _corrupt()
    return manifest


def _opened(source: Path) -> tarfile.TarFile:
    try:
        return tarfile.open(source, "r:gz")
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        raise _corrupt() from error


def _manifest(archive: tarfile.TarFile) -> Manifest:
    try:
        with _member(archive, _MANIFEST) as stream:
            written = stream.read(_LARGEST_MANIFEST)
        content = json.loads(written)
        if isinstance(content, dict) and content.get("format") != FORMAT:
            raise BackupRefused("unknown_format", "The backup was made by another version of this program.")
        manifest = _MANIFESTS.validate_json(written, strict=True)
    except (ValueError, ValidationError, tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise _corrupt() from error
    if manifest.payload not in ("database.sqlite", "database.dump"):
        raise _corrupt()
    return manifest


def _member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    try:
        found = archive.extractfile(name)
    except KeyError as error:
        raise _corrupt() from error
    if found is None:
        raise _corrupt()
    return found


def _corrupt() -> BackupRefused:
    return BackupRefused("corrupt", "The backup is damaged or is no backup; nothing was restored.")
