# ruff: noqa: E501
"""Hand-written material of texts that must not pass: dress, caricature, shells, code, languages.

Everything here was written for this project. What serves training (`LEARN`) and what serves tests
(`CHECK`) never mixes.
"""

from __future__ import annotations

from typing import Literal

Split = Literal["learn", "check"]

# {title}, {one}, {two}, … are filled with paragraphs of somebody else's prose.
PAGES: dict[Split, tuple[str, ...]] = {
    "learn": (
        '<HTML><HEAD><TITLE>{title}</TITLE></HEAD>\n<BODY BGCOLOR="#FFFFFF">\n<H1>{title}</H1>\n'
        "<HR>\n{p:<P>%s}\n<HR>\n<ADDRESS>Last updated: March 1996</ADDRESS>\n</BODY></HTML>\n",
        "<html>\n<head><title>{title}</title></head>\n<body>\n<center><h2>{title}</h2></center>\n"
        '{p:<p>\n%s\n</p>}\n<p><a href="index.html">Back to my home page</a>\n</body>\n</html>\n',
        "<TITLE>{title}</TITLE>\n<H1>{title}</H1>\n<UL>\n{p:<LI>%s}\n</UL>\n<P>\n"
        "<I>Comments to the maintainer</I>\n",
        '<HTML>\n<BODY BACKGROUND="stars.gif" TEXT="#000000">\n<CENTER><IMG SRC="logo.gif">'
        "<BR>\n<FONT SIZE=5>{title}</FONT></CENTER>\n{p:%s<BR><BR>}\n<HR>\nThis page has been "
        'visited <IMG SRC="/cgi-bin/counter"> times.\n</BODY></HTML>\n',
        "<HTML><HEAD><TITLE>{title}</TITLE></HEAD><BODY>\n<TABLE BORDER=1 WIDTH=600><TR><TD>\n"
        "<H3>{title}</H3>\n{p:<P>%s</P>}\n</TD></TR></TABLE>\n</BODY></HTML>\n",
        "<HTML>\n<HEAD>\n<TITLE>{title}</TITLE>\n</HEAD>\n<BODY>\n<H2>{title}</H2>\n<DL>\n"
        '{p:<DT>*<DD>%s}\n</DL>\n<A HREF="mailto:me@host.example">Send me mail</A>\n</BODY>\n',
    ),
    "check": (
        "<HTML>\n<HEAD><TITLE>{title} - Welcome!</TITLE></HEAD>\n<BODY BGCOLOR=#C0C0C0 "
        "LINK=#0000FF>\n<H1 ALIGN=CENTER>{title}</H1>\n<HR SIZE=3>\n{p:<P ALIGN=LEFT>%s}\n"
        "<HR NOSHADE>\n<EM>Maintained by the webmaster, updated 4/12/97</EM>\n</BODY>\n</HTML>\n",
        "<head>\n<title>{title}</title>\n</head>\n<body>\n<h1>{title}</h1>\n{p:%s\n<p>}\n<hr>\n"
        '<a href="home.htm"><img src="home.gif" border=0></a>\n</body>\n',
        '<HTML><HEAD><TITLE>{title}</TITLE></HEAD>\n<BODY BACKGROUND="paper.jpg">\n<BLOCKQUOTE>\n'
        '<H2><FONT COLOR="#800000">{title}</FONT></H2>\n{p:%s<P>}\n</BLOCKQUOTE>\n'
        '<CENTER>[<A HREF="prev.html">Previous</A>] [<A HREF="next.html">Next</A>]</CENTER>\n'
        "</BODY></HTML>\n",
        "<HTML>\n<TITLE>{title}</TITLE>\n<BODY>\n<CENTER><H1><BLINK>{title}</BLINK></H1></CENTER>\n"
        '<OL>\n{p:<LI> %s\n}\n</OL>\n<ADDRESS><A HREF="mailto:hans@uni.example">Hans</A>, '
        "Nov 95</ADDRESS>\n</BODY>\n</HTML>\n",
        '<HTML><BODY>\n<TABLE CELLPADDING=4><TR><TD VALIGN=TOP><IMG SRC="bullet.gif"></TD><TD>'
        "<B>{title}</B><P>\n{p:%s\n<P>}\n</TD></TR></TABLE>\n</BODY></HTML>\n",
        "<html><head>\n<title>{title}</title></head>\n<body text=#000000>\n<h3>{title}</h3><hr>\n"
        "{p:<dd>%s<p>}\n<hr><i>Created with a text editor. Mail me.</i>\n</body></html>\n",
    ),
}

ARTICLES: dict[Split, tuple[str, ...]] = {
    "learn": (
        "In article <1993Apr2.{n}@host.example> someone@host.example writes:\n>{title}?\n\n{t}\n\n"
        "--\nJoe Someone        joe@host.example\n",
        '{t}\n\nThanks in advance,\n\nPat\n-- \npat@dept.uni.example   "standard disclaimer"\n',
        "dave@site.example (Dave) writes:\n\n>> {title}\n> I don't think so.\n\n{t}\n\nDave\n",
        "{t}\n\n   /---------------------------------------\\\n   |  mike@lab.example                     |\n"
        "   \\---------------------------------------/\n",
    ),
    "check": (
        "ann@corp.example (Ann) writes in <C5x{n}.8Kz@corp.example>:\n: {title}\n: any ideas?\n\n"
        "{t}\n\nHope this helps,\nBob\n\n-- \n Bob R.  | bob@math.example | all opinions are mine\n",
        "Hello netters,\n\n{t}\n\nPlease reply by e-mail, I will post a summary.\n\nregards\n"
        "  Lars\n--\nlars@inst.example\n",
        "|> {title}\n\n{t}\n\n==============================================\n"
        "kim@cs.example      Department of Computing\n",
        "From article <{n}@node.example>, by sam@node.example:\n> {title} ...\n\nWell, {t}\n\n   Sam\n",
    ),
}

CARICATURE: dict[Split, tuple[str, ...]] = {
    "learn": (
        "Welcome to my totally awesome home page on the information superhighway!!!",
        "This site is ALWAYS under construction, so come back soon, dude!",
        "Don't forget to sign my guestbook before you surf away!!",
        "Best viewed with Netscape Navigator at 640x480 on your 14.4 modem!",
        "You are visitor number 000137 since my cat walked over the keyboard!",
        "Check out these way cool links to other rad sites on the World Wide Web!",
        "Click here to see my collection of animated GIFs and MIDI files, it is so cool!",
        "Greetings, fellow surfers of cyberspace, grab your floppy disk and hang on!",
    ),
    "check": (
        "Hi there and welcome to my little corner of cyberspace!",
        "Please excuse the dust, this home page is still under construction!",
        "Be sure to e-mail me and sign the guest book, I love hearing from other web surfers!",
        "This page looks best in Netscape 2.0 with the sounds turned on!",
        "My web ring has over fifty cool pages about the X-Files and Tamagotchis!",
        "I made this web page all by myself with Notepad on my dad's Pentium, how cool is that?",
        "Dial up your modem and get ready to surf the net with me, the coolest webmaster around!",
        "Thanks for stopping by, there have been 4,096 visitors since I put up the hit counter!",
        "The Internet is totally the future, dudes, and my home page is part of it!",
        "Last updated whenever I get off the phone line so that my mom can make a call!",
    ),
}

CALM_CARICATURE: tuple[str, ...] = (
    "Welcome to my home page on the World Wide Web.",
    "It is a small place in cyberspace where I keep my favourite links.",
    "The page is under construction, as most good pages are.",
    "Please sign the guest book so that I know who has been here.",
    "I use Netscape Navigator and a 28.8 modem, and I recommend both.",
    "My bookmarks are about science fiction, modems and floppy disks.",
    "If a link does not work, send mail to the webmaster, which is me.",
    "There is a counter at the bottom that shows how many people have come by.",
    "I learned HTML last month from a book of the public library.",
    "More animated pictures will be added as soon as my disk has room.",
)

NET_CARICATURE: dict[Split, tuple[str, ...]] = {
    "learn": (
        "IMHO you are all clueless newbies who should RTFM before posting to this newsgroup!!!",
        "BTW, flames to /dev/null, asbestos underwear is ON :-)",
        "Greetings netters! Long time lurker, first time poster!",
        "Please don't start another flame war over bandwidth, it is against netiquette!",
        "This is covered in the FAQ, which is posted here every two weeks, you lusers!",
        "YMMV, but my 2400 baud modem does just fine, ROTFL!!!",
    ),
    "check": (
        "First of all IMHO this thread belongs in alt.flame, and BTW so do you!",
        "I have been lurking on the net since before the September that never ended, newbie!",
        "RTFM and read the FAQ before you waste any more of our precious bandwidth!",
        "Flame away, my killfile is bigger than yours :-) :-) :-)",
        "AFAIK the file is on an anonymous FTP site somewhere, use archie, luser!",
        "Netiquette says to trim your .sig to four lines, you know!",
    ),
}

LATER: dict[Split, tuple[str, ...]] = {
    "learn": (
        "See also our Facebook page.",
        "The video is on YouTube.",
        "I read about it on Wikipedia.",
        "You can follow me on Twitter.",
        "An app for your smartphone is available.",
        "Scan the QR code to learn more.",
        "Listen to the podcast.",
        "Send me a message on WhatsApp.",
    ),
    "check": (
        "Photos of it are on Instagram.",
        "I took the picture with my iPhone.",
        "The code is on GitHub.",
        "It runs on Windows 11 and on Android as well.",
        "We held the meeting on Zoom during the COVID-19 pandemic.",
        "There is a discussion of it on Reddit.",
        "I asked ChatGPT about it.",
        "You find us on Google Maps.",
        "Watch the series on Netflix.",
        "Copy it to a USB stick or share it by Dropbox.",
    ),
}

SHELLS: dict[Split, tuple[str, ...]] = {
    "learn": (
        "<HTML><HEAD><TITLE>{title}</TITLE></HEAD><BODY><H1>{title}</H1><HR><HR><HR></BODY></HTML>",
        '<HTML><BODY><CENTER><IMG SRC="a.gif"><P><IMG SRC="b.gif"></CENTER>'
        "<P>{title}<P>Home<P>Back<P>Mail<P>Next<P>Top</BODY></HTML>",
    ),
    "check": (
        "<html><head><title>{title}</title></head><body><h2>{title}</h2><ul><li><li><li></ul>"
        "<hr></body></html>",
        "<HTML><HEAD><TITLE>{title}</TITLE></HEAD><BODY><TABLE><TR><TD>{title}</TD><TD>Index</TD>"
        "</TR><TR><TD></TD><TD></TD></TR></TABLE><PRE>\n\n\n</PRE><P>Home Up Down Left Right "
        "Search Help About Contact Guest Links Files News Mail Top Next Back End List Map</BODY>"
        "</HTML>",
        "<HTML><BODY><H1>{title}</H1><P><B></B><P><I></I><HR>{title}<HR>{title}<HR>{title}<HR>"
        "</BODY></HTML>",
    ),
}

FORMS: dict[Split, tuple[str, ...]] = {
    "learn": (
        "Welcome to [your name here]'s home page. Lorem ipsum dolor sit amet, consectetur "
        "adipiscing elit. Insert your text here and tell visitors about [your hobby].",
        "This is {{ title }}. Here you can write about {{ topic }}. Your text here. Your text here.",
    ),
    "check": (
        "Hello, I am [Name] and this is my page about [Topic]. In this paragraph, describe [Topic] "
        "in two or three sentences. Then add a list of links about [Topic] for the visitor.",
        "TITLE GOES HERE. First paragraph goes here. Second paragraph goes here. Picture goes here. "
        "Your e-mail address goes here. Date goes here. More text goes here, and so on.",
        "Lorem ipsum dolor sit amet, sed do eiusmod tempor incididunt ut labore et dolore magna "
        "aliqua. Ut enim ad minim veniam, quis nostrud exercitation ullamco laboris nisi.",
    ),
}

LANGUAGES: dict[Split, tuple[str, ...]] = {
    "learn": (
        "Willkommen auf meiner Seite. Hier finden Sie Bilder von unserem letzten Ausflug in die "
        "Berge. Das Wetter war schön, und am Abend saßen wir noch lange vor der Hütte.",
        "Bienvenue sur ma page. Vous trouverez ici des photos de notre jardin et quelques recettes "
        "de ma grand-mère. Le gâteau aux pommes est le plus facile à faire.",
        "Bienvenidos a mi página. Aquí hay fotos de las montañas y de la casa de mis abuelos. El "
        "domingo salimos temprano y volvimos cuando ya era de noche.",
    ),
    "check": (
        "Der Verein trifft sich jeden zweiten Donnerstag im Gasthaus zur Post. Wer mitmachen will, "
        "bringt ein wenig Geduld und einen eigenen Lötkolben mit. Gäste sind immer gerne gesehen.",
        "Questa pagina parla della nostra città e delle sue chiese. La più antica si trova vicino "
        "al fiume, e il campanile si vede già da lontano quando si arriva con il treno.",
        "Deze pagina gaat over het bouwen van modelschepen. Het eerste schip kostte mij twee "
        "winters, en het drijft nog steeds. Op de foto ziet u hoe de romp gemaakt wordt.",
        "O clube de xadrez encontra-se todas as quartas-feiras na biblioteca. Os jogos começam às "
        "oito horas e terminam quando o último jogador se cansa. Todos são bem-vindos.",
    ),
}

CODE: dict[Split, tuple[str, ...]] = {
    "learn": (
        "#include <stdio.h>\nint {a}(int {b}) {{\n  int i, sum = 0;\n  for (i = 0; i < {b}; i++)\n"
        '    sum += i * {n};\n  return sum;\n}}\nint main(void) {{ printf("%d\\n", {a}({n})); '
        "return 0; }}\n",
        "def {a}({b}, scale={n}):\n    total = 0\n    for value in {b}:\n        if value > scale:\n"
        "            total += value\n    return total / len({b})\n\nprint({a}([1, 2, {n}]))\n",
    ),
    "check": (
        "function {a}({b}) {{\n  var out = [];\n  for (var i = 0; i < {b}.length; i++) {{\n"
        "    if ({b}[i] % {n} == 0) out.push({b}[i]);\n  }}\n  return out;\n}}\n"
        "document.write({a}([1, 2, 3, {n}]));\n",
        "PROCEDURE {a}(VAR {b}: INTEGER);\nVAR i: INTEGER;\nBEGIN\n  FOR i := 1 TO {n} DO\n  BEGIN\n"
        "    {b} := {b} + i * {n};\n    WriteLn('{b} = ', {b});\n  END;\nEND;\n",
        "class {a}:\n    def __init__(self, {b}):\n        self.{b} = {b}\n        self.cache = {{}}\n\n"
        "    async def get(self, key: str) -> int | None:\n        if key not in self.cache:\n"
        "            self.cache[key] = await self.{b}.fetch(key, timeout={n})\n"
        "        return self.cache[key]\n",
    ),
}

NAMES = tuple(
    "Alder Birch Cedar Dover Elm Fulton Grange Holly Ivy Juniper Kestrel Linden Maple Norton Oak "
    "Poplar Quince Rowan Sorrel Thorn Ulster Vernon Willow Yarrow Astro Beacon Comet Delta Echo "
    "Falcon Gamma Horizon Indigo Jade Karma Lotus Meteor Nova Orion Pixel Quartz Raven Solar "
    "Tango Umbra Vector Wizard Xenon Zephyr".split()
)
