"""File sets: which files of an inbox belong to one run, which of them are complete, and what they are called later."""

from collections.abc import Callable, Collection, Mapping, Sequence

from schemas.inbox import MARK, Entry, FileSet


def file_sets(
    entries: Sequence[Entry], lists: Mapping[str, Sequence[str]], is_input: Callable[[str], bool]
) -> list[FileSet]:
    """The sets that lie in an inbox, by name: a folder is one, a list is one, any other file is one of its own.

    `lists` has the content of each mark NAME.done of the inbox by its NAME: files of the inbox that make one set of
    that name, or nothing. An empty mark belongs to the folder or file NAME, or to a file of that name with any ending.
    """
    loose = {entry.name: entry for entry in entries if not entry.folder and _may_be_read(entry, is_input)}
    sets = [_listed(name, names, loose) for name, names in lists.items() if names]
    listed = {name for names in lists.values() for name in names}
    for folder in {entry.folder: None for entry in entries if entry.folder}:
        inside = [entry for entry in entries if entry.folder == folder]
        marks = [folder + MARK] if folder in lists and not lists[folder] else []
        marks += [entry.path for entry in inside if entry.name == MARK]
        files = tuple(entry for entry in inside if _may_be_read(entry, is_input))
        others = tuple(entry for entry in inside if entry.is_plain and entry not in files and entry.path not in marks)
        if files:
            sets.append(FileSet(folder, files, others, is_folder=True, is_marked=bool(marks), marks=tuple(marks)))
    for name, entry in loose.items():
        if name not in listed:
            marks = [known + MARK for known in (name, stem(name)) if known in lists and not lists[known]]
            sets.append(FileSet(name, (entry,), is_marked=bool(marks), marks=tuple(dict.fromkeys(marks))))
    return sorted(sets)


def why_incomplete(one: FileSet, now: float, quiet_seconds: float) -> str | None:
    """Why a set is left for a later pass, or None if it is complete: marked so, or unchanged for `quiet_seconds`."""
    if one.missing:
        return f"{', '.join(one.missing)} is not there yet"
    if one.is_marked:
        return None
    for entry in (*one.files, *one.others):
        if entry.changed_at is None:
            return f"the storage does not tell when {entry.name} was changed: {one.name}{MARK} says that it is complete"
        age = now - entry.changed_at
        if age < 0:
            return f"{entry.name} was changed in the future: {one.name}{MARK} says that it is complete"
        if age < quiet_seconds:
            return f"{entry.name} was changed {age:.0f} s ago; it is taken once that is {quiet_seconds:.0f} s"
    return None


def left_out(entries: Sequence[Entry], is_input: Callable[[str], bool]) -> list[str]:
    """The paths of what is in no set, though it is no mark and not hidden: links, and files of other kinds."""
    with_inputs = {entry.folder for entry in entries if entry.folder and _may_be_read(entry, is_input)}
    return [
        entry.path
        for entry in entries
        if not entry.name.startswith((".", "~$")) and not entry.name.endswith(MARK)
        if (not entry.is_plain if entry.folder in with_inputs else not _may_be_read(entry, is_input))
    ]


def stem(name: str) -> str:
    """A file's name without its ending, and without .gz."""
    plain = name.removesuffix(".gz")
    return plain.rpartition(".")[0] or plain


def free_name(name: str, taken: Collection[str], *, is_folder: bool = False) -> str:
    """The name, or if that is taken the first of NAME-2, NAME-3, ... that is not; the ending of a file stays."""
    if name not in taken:
        return name
    base = name if is_folder else stem(name)
    ending = name[len(base) :]
    number = 2
    while f"{base}-{number}{ending}" in taken:
        number += 1
    return f"{base}-{number}{ending}"


def _listed(name: str, names: Sequence[str], loose: Mapping[str, Entry]) -> FileSet:
    files = tuple(loose[one] for one in names if one in loose)
    missing = tuple(one for one in names if one not in loose)
    return FileSet(name, files, is_folder=True, is_marked=True, missing=missing, marks=(name + MARK,))


def _may_be_read(entry: Entry, is_input: Callable[[str], bool]) -> bool:
    return entry.is_plain and not entry.name.endswith(MARK) and is_input(entry.name)
