"""What each table and key of feeds.toml means, for docs/configuration.md."""

from __future__ import annotations

TABLES = {
    "digest": "What the digest is called and when it is published.",
    "store": (
        "A PostgreSQL database in place of a file, with `digest[postgres]`; see "
        "[operations.md](operations.md#postgresql)."
    ),
    "worker": (
        "How `digest worker` processes share the work, with `[store] url`; see "
        "[workers.md](workers.md)."
    ),
    "fetch": "How publishers are asked, and the limits. Times are in seconds, sizes in decoded MB.",
    "web": "Where the output folder is on the web.",
    "llm": (
        "A language model that words summaries. Without this table, none is asked; see "
        "[summaries.md](summaries.md)."
    ),
    "smtp": (
        "How editions are sent to subscribers. Without this table, no mail is sent; see "
        "[delivery.md](delivery.md)."
    ),
    "ranking": "Which stories come first; see [ranking.md](ranking.md).",
    "filters": (
        "Rules for the entries of all feeds, as in `include` and `exclude` of one feed; see "
        "[feeds.md](feeds.md)."
    ),
    "alerts": (
        "Where the operator learns, once a day at most, what needs attention; see "
        "[operations.md](operations.md)."
    ),
    "admin": (
        "Where `digest serve` shows the operator's pages, `/health` and `/metrics`; see "
        "[operations.md](operations.md)."
    ),
    "feeds": "One table for each feed; see [feeds.md](feeds.md).",
}

MEANINGS = {
    "digest.title": "Name of the digest in pages, mail and feeds.",
    "digest.language": (
        "Language of the page around the news, as a tag such as `pt-BR`. German, English, "
        "French and Spanish are built in; [templates.md](templates.md) tells how to add one."
    ),
    "digest.languages": (
        "Further languages whose stories appear among the others; stories in any other language "
        "stay in a section that is in that language, or are titles at the end."
    ),
    "digest.timezone": "Timezone of editions, such as `Europe/Berlin`.",
    "digest.publish_at": "When `digest serve` publishes the day's edition.",
    "digest.weekly_on": "Day on which weekly subscribers get their mail.",
    "digest.database": "The SQLite database.",
    "digest.output": "Folder that editions are written to.",
    "digest.templates": "Folder whose templates replace built-in ones of the same name.",
    "digest.images": (
        "Whether the lead shows an image: nowhere, on pages, or in mail as well. It is copied "
        "beside the edition, so no outlet learns who reads it; see that you may do so."
    ),
    "digest.reading_minutes": (
        "How long an edition takes to read; decides how many stories it shows, see "
        "[ranking.md](ranking.md)."
    ),
    "digest.max_stories": (
        "Most stories in an edition, whatever the minutes allow; the rest is listed on a page "
        "of its own."
    ),
    "digest.max_age_days": "Articles older than this appear in no edition.",
    "digest.keep_text_days": (
        "Days after which texts of articles and settled deliveries are deleted; at least 30."
    ),
    "store.url": (
        "`postgresql://USER@HOST/DATABASE`; without it, `digest.database` is in use. The password "
        "comes from PGPASSWORD or ~/.pgpass."
    ),
    "fetch.contact": (
        "Mail address or page at which publishers can reach you, part of the User-Agent. "
        "Without it, `base_url` is used."
    ),
    "fetch.user_agent": "Replaces the whole User-Agent header.",
    "fetch.concurrency": "Requests in flight at once, over all hosts.",
    "fetch.host_gap": "Least time between two requests to one host.",
    "fetch.interval": (
        "Time between two polls of a feed that does not state or show a rhythm of its own."
    ),
    "fetch.connect_timeout": "Limit for establishing a connection.",
    "fetch.total_timeout": "Limit for a whole request, redirects and body included.",
    "fetch.max_feed_mb": "Larger feeds are refused.",
    "fetch.max_page_mb": "Larger pages are refused; the feed's own text is used then.",
    "fetch.max_redirects": "Redirects that one request may follow.",
    "fetch.workers": "Processes that parse feeds and extract articles; one more detects languages.",
    "fetch.worker_timeout": (
        "A process that takes more CPU for one document is killed, and so is one that takes six "
        "times as long by the clock."
    ),
    "fetch.worker_memory_mb": "Memory limit of each of these processes.",
    "web.base_url": (
        "Address of the output folder. Mail needs it, and feeds and sitemaps have absolute "
        "links only with it."
    ),
    "web.trusted_proxies": (
        "Addresses and networks of proxies whose `X-Forwarded-For` says who calls."
    ),
    "web.listen": (
        "`HOST:PORT` at which `digest serve` and `digest web` serve the archive, search and "
        "the subscribers' pages."
    ),
    "llm.url": "Base of an endpoint in the chat completions format; `/chat/completions` is added.",
    "llm.model": "Name of the model, as the endpoint knows it.",
    "llm.key_env": "Environment variable that holds the API key.",
    "llm.timeout": "Seconds to wait for an answer.",
    "llm.max_stories": "Only the first stories of an edition are worded by the model.",
    "llm.judge": (
        "Whether the model is also asked about doubtful joins of the first stories, 20 a day at "
        "most; it may take apart, never join, see [judgement.md](judgement.md)."
    ),
    "smtp.host": "The mail server.",
    "smtp.port": "Its port; by default 587 for `starttls`, 465 for `tls`, 25 for `none`.",
    "smtp.security": "How the connection is encrypted.",
    "smtp.username": "User name, if the server wants one.",
    "smtp.password_env": "Environment variable that holds the password.",
    "smtp.password_file": "File that holds the password.",
    "smtp.sender": "From address, such as `The Digest <digest@news.example.org>`.",
    "smtp.reply_to": "Reply-To address.",
    "smtp.return_path": "Envelope sender, as `name+token@domain`; bounces arrive there.",
    "smtp.bounces": "Maildir in which bounces arrive.",
    "smtp.connections": "Connections to the server at once.",
    "smtp.rate": "Mails per second, in all.",
    "smtp.domain_rate": "Mails per second to any one recipient domain.",
    "smtp.timeout": "Seconds to wait for each answer of the server.",
    "smtp.in_doubt": (
        "What happens to a mail when it is unknown whether the server accepted it: sent again "
        "with the same bytes, or held for you to decide."
    ),
    "smtp.max_lateness_hours": "Mail that is later than this is held.",
    "smtp.empty": "Whether a day without stories for a subscriber is skipped or mailed.",
    "smtp.dkim_selector": "Selector of the DKIM key.",
    "smtp.dkim_key": "File with the private DKIM key; needs the extra `dkim`.",
    "worker.feeds_per_job": (
        "About how many feeds a worker polls as one job; a job costs as much as ten polls of "
        "unchanged feeds."
    ),
    "ranking.sections": (
        "Weight of a section by its title: 2 counts each report twice, 1 is usual; 0.25 to 4."
    ),
    "feeds.url": "Address of the RSS, Atom or JSON feed.",
    "feeds.title": "Name of the outlet, instead of the feed's own title.",
    "feeds.section": "Section of the edition for this feed's stories.",
    "filters.include": "Feeds without rules of their own take only entries that a rule matches.",
    "filters.exclude": "Entries that a rule matches are dropped, for every feed.",
    "alerts.to": "Mail address for alerts; needs `[smtp]`.",
    "alerts.webhook": "URL to which alerts are posted as JSON (`title`, `text`, `at`).",
    "admin.listen": "`HOST:PORT`; one that others can reach needs `token_env`.",
    "admin.token_env": (
        "Environment variable with the token (16 characters at least) that callers send as "
        "Bearer, and browsers as a password under any user name."
    ),
    "feeds.enabled": "`false` pauses the feed.",
    "feeds.interval": (
        "Seconds between two polls, whatever the feed's own rhythm. A server that asks for more "
        "time gets it."
    ),
    "feeds.limit": "Entries taken a day, the newest first; the rest is dropped.",
    "feeds.language": "Language of its texts, instead of what feed and pages state: `en`.",
    "feeds.user_agent": "User-Agent for this feed and its pages.",
    "feeds.headers": "Further request headers, sent to the feed's host only.",
    "feeds.auth": (
        'HTTP Basic login: `{ username = "me", password_env = "NAME" }`, the password being in '
        "that environment variable."
    ),
    "feeds.cookie_env": "Environment variable with a Cookie header for the feed's host.",
    "feeds.selector": "CSS selector of an article's text on the feed's pages.",
    "feeds.remove": "CSS selector of what does not belong to the text.",
    "feeds.include": "Only entries that one of these rules matches are taken.",
    "feeds.exclude": "Entries that one of these rules matches are dropped.",
    "feeds.full_text": (
        "Whether the feed carries whole articles: found out for each, always (pages are never "
        "fetched), or never (pages are always fetched)."
    ),
    "feeds.group": (
        "Name of a newsroom with several feeds; together they make one independent report."
    ),
    "feeds.weight": "Weight of the feed's reports in the order of stories: 1 is usual; 0.25 to 4.",
}

# The release that introduced a key, where it is later than the first.
SINCE: dict[str, str] = {
    "worker.feeds_per_job": "0.2",
    "digest.languages": "0.2",
    "digest.reading_minutes": "0.2",
    "ranking.sections": "0.2",
    "feeds.weight": "0.2",
    "llm.judge": "0.2",
    "filters.include": "0.2",
    "filters.exclude": "0.2",
    "alerts.to": "0.2",
    "alerts.webhook": "0.2",
    "admin.listen": "0.2",
    "admin.token_env": "0.2",
    "feeds.enabled": "0.2",
    "feeds.interval": "0.2",
    "feeds.limit": "0.2",
    "feeds.language": "0.2",
    "feeds.user_agent": "0.2",
    "feeds.headers": "0.2",
    "feeds.auth": "0.2",
    "feeds.cookie_env": "0.2",
    "feeds.selector": "0.2",
    "feeds.remove": "0.2",
    "feeds.include": "0.2",
    "feeds.exclude": "0.2",
}
