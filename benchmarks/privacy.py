"""Which addresses and numbers are found, and what is mistaken for one?

    python benchmarks/privacy.py [--quick]

Made samples: lines as they stood in signatures, headers and pages of the 1990s, with made addresses
and numbers in the forms of several countries, and lines that only look like one. A find counts when
the whole item is gone and the words around it are still there.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from harness import Bench, cpu_seconds, quick

from erastyle.corpus.cleaning.privacy import pseudonymise

FRAMES = {
    "email": (
        "Mail {} for the list.", "From: {} (Anna Berg)", "<A HREF=\"mailto:{}\">{}</A>",
        "<ADDRESS>{}</ADDRESS>", "In article <x> {} writes:", "reach me ({}) at any time",
    ),
    "bang path": ("Path: {}", "UUCP: {}", "or by uucp: {} if that bounces", "...!{}"),
    "phone": (
        "Tel: {}", "Phone {} after six", "Call us at {}.", "Fax: {}", "BBS {} day and night",
        "Voice: {}, data on request",
    ),
    "card": ("Card number {} is void.", "VISA {} exp. 05/97", "charged to {} last week"),
    "ip": ("telnet {} 4000", "our server is at {}.", "ftp://{}/pub/", "NNTP-Posting-Host: {}"),
}  # fmt: skip
INNOCENT = (
    "Version 1.2.3.4 of the tool is out.", "It costs $1,295.00 or 3 x 450.", "ISBN 0-201-63346-9",
    "Wow!Great page!", "See pages 123-4567 of the index.", "Born 1962-05-17 in a small town.",
    "RFC 1866, November 1995", "640x480, 256 colours, 1:1.5", "a[i]=b!c;", "Kernel 2.0.36, 2.2",
    "The order 4111 of 12 May 1996", "<TD WIDTH=100 HEIGHT=250>12</TD>", "call 555 or ask inside",
    "x = 3.14159265358979", "Serial 00-4711-0815-99", "We met @ the pub at 8.", "1990-1995-1998",
    "From 10.30 to 12.45, room 3.11", "if (a!=b) return !c;", "UPC 012345678905", "#define X 0x7f",
    "2400-14400 baud, 8-N-1", "chapter 3.2.1.4 of the guide", "0 rows, 1234567 bytes free",
)  # fmt: skip


def made(kind: str, rng: random.Random) -> str:
    """Return a made item of a kind."""
    names = ("anna", "jberg", "k.olsen", "smith", "pvs", "root", "mikey", "r_hall", "c=us%x400")
    hosts = ("cs.uni-ost.edu", "port.co.uk", "aol.com", "inf.tu-nord.de", "mail.isle.org", "x.no")
    if kind == "email":
        return f"{rng.choice(names)}@{rng.choice(hosts)}"
    if kind == "bang path":
        hops = rng.sample(("uunet", "decvax", "seismo", "mcvax", "islenet", "hplabs", "portsys"), 3)
        return "!".join([*hops, rng.choice(names[:4])])
    d = [rng.randrange(10) for _ in range(20)]
    area, three, four = (
        200 + rng.randrange(700),
        220 + rng.randrange(700),
        rng.randrange(1000, 9999),
    )
    if kind == "phone":
        return rng.choice(
            (
                f"({area}) {three}-{four}", f"{area}-{three}-{four}", f"1-{area}-{three}-{four}",
                f"{area}.{three}.{four}", f"+44 (0)171 {three} {four}", f"+49-30-{three}{four}",
                f"+46 8 {three} {d[0]}{d[1]} {d[2]}{d[3]}", f"(01223) {three}{d[0]}{d[1]}{d[2]}",
                f"{three}-{four}", f"+1 {area} {three} {four}", f"{area}/{three}-{four}",
                f"0171-{three} {four}",
            )
        )  # fmt: skip
    if kind == "card":
        digits = [rng.choice((4, 5)), *d[:14]]
        total = sum(n if i % 2 else sum(divmod(2 * n, 10)) for i, n in enumerate(digits))
        digits.append(-total % 10)
        text = "".join(map(str, digits))
        return rng.choice((" ", "-", "")).join(text[i : i + 4] for i in range(0, 16, 4))
    first = rng.choice((18, 35, 128, 130, 141, 192, 194, 204))
    return f"{first}.{d[0]}{d[1]}.{rng.randrange(254)}.{1 + rng.randrange(253)}".replace(".0", ".1")


def main() -> None:
    """Count finds and false alarms and write the results."""
    few = quick()
    bench = Bench("privacy")
    rng = random.Random(8)
    counts = 200 if few else 2000
    for kind, frames in FRAMES.items():
        found = 0
        missed: list[str] = []
        for _ in range(counts):
            item = made(kind, rng)
            frame = rng.choice(frames)
            out, _ = pseudonymise(frame.replace("{}", item), "salt", "<" in frame)
            around = [part for part in frame.split("{}") if part.strip()]
            good = item not in out and all(part.strip()[:8] in out for part in around)
            found += good
            if not good and len(missed) < 5:
                missed.append(frame.replace("{}", item))
        print(f"{kind}: missed for example {missed}")
        share = found / counts
        bench.figure(f"{kind}: found", share, f"of {counts:,}", ">= 0.98", share >= 0.98)
    alarms = [line for line in INNOCENT if pseudonymise(line, "salt")[0] != line]
    print(f"taken for one: {alarms}")
    share = len(alarms) / len(INNOCENT)
    bench.figure("lines that only look like one: changed", share, f"of {len(INNOCENT)}", "<= 0.05",
                 share <= 0.05)  # fmt: skip
    same: Callable[[str], str] = lambda text: pseudonymise(text, "salt")[0]  # noqa: E731
    one = same("Mail jane@port.example.org now")
    stable = one.split()[1] in same("jane@port.example.org wrote:")
    bench.figure("one address, one stand-in", float(stable), "", "1", stable)
    text = "\n".join(rng.choice(FRAMES[k]).replace("{}", made(k, rng)) for k in list(FRAMES) * 4000)
    rate = len(text) / 1e6 / cpu_seconds(lambda: pseudonymise(text, "salt", html=False))
    bench.figure("speed on lines that are all addresses", rate, "MB per CPU second", "", None)
    bench.finish()


if __name__ == "__main__":
    main()
