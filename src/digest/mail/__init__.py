"""Everything about email: subscribers, slots, messages, SMTP, bounces and signed links."""
