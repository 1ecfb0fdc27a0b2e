"""The site of a document, which a split keeps together."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote, urlsplit

_HOST = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+"
    r"(?:com|edu|gov|mil|net|org|int|arpa|info|biz|name|museum|coop|aero|[a-z]{2})(?::\d{1,5})?",
    re.IGNORECASE,
)
_NOT_HOSTS = re.compile(r".*\.(?:gz|md|py|pl|sh|ps|cc|hs|rs|js|so|ai|rm|ra|mo|mm)", re.IGNORECASE)

# Hosts whose users had pages below a path of their own, with the greatest depth of that path.
_NEIGHBOURHOODS = {"geocities.com": 3, "angelfire.com": 2, "tripod.com": 1, "fortunecity.com": 3}


def looks_like_host(name: str) -> bool:
    """Say whether a folder name is a host name, as mirroring programs write it.

    >>> looks_like_host("www.foo.edu"), looks_like_host("v1.2"), looks_like_host("notes.old")
    (True, False, False)
    """
    return bool(_HOST.fullmatch(name)) and not _NOT_HOSTS.fullmatch(name)


def below_host(host: str, segments: list[str]) -> str:
    """Return the site of a page: the host, and the person's own folder if the path shows one.

    A leading `www.` and the port are removed, since they name the same pages.

    Args:
        host: Host name.
        segments: Folders of the page's path.

    >>> below_host("WWW.foo.edu:8001", ["~smith", "cats"])
    'foo.edu/~smith'
    >>> below_host("www.geocities.com", ["Area51", "1234"])
    'geocities.com/Area51/1234'
    """
    host = host.lower().split(":")[0].rstrip(".").removeprefix("www.")
    if segments and segments[0].startswith("~") and len(segments[0]) > 1:
        return f"{host}/{segments[0]}"
    depth = _NEIGHBOURHOODS.get(host, 0)
    own = segments[:depth]
    for number, segment in enumerate(own):
        if segment.isdigit():  # the house number ends the address
            own = own[: number + 1]
            break
    return "/".join([host, *own])


@lru_cache(maxsize=4096)
def of_url(url: str) -> str:
    """Return the site of a URL; for other text, its part before the first slash.

    >>> of_url("http://www.foo.edu/%7Esmith/index.html")
    'foo.edu/~smith'
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        parts, host = urlsplit(""), ""
    if not host:
        return url.split("://")[-1].split("/")[0].lower() or "unknown"
    # What ends in a slash or is followed by one is a folder; the last segment is a file.
    segments = [s for s in unquote(parts.path).split("/")[:-1] if s]
    last = unquote(parts.path).split("/")[-1]
    if not segments and last.startswith("~"):
        segments = [last]
    return below_host(host, segments)


def of_path(folders: list[str], root: str, depth: int = 0) -> str:
    """Return the site of a file by its folders.

    Args:
        folders: Folder names from the root of the source down, without the file.
        root: Name of the root, for files directly in it.
        depth: Number of folders that make a site; 0 takes a host name or, without one, one folder.

    >>> of_path(["mirror", "www.foo.edu", "~smith"], "old")
    'foo.edu/~smith'
    >>> of_path(["docs", "misc", "pack"], "old", depth=2), of_path([], "old")
    ('docs/misc', 'old')
    """
    if depth:
        return "/".join(folders[:depth]) or root
    for number, folder in enumerate(folders[:4]):
        if looks_like_host(folder):
            return below_host(folder, folders[number + 1 :])
    return folders[0] if folders else root
