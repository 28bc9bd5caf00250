"""What is known of English and Chinese text: scripts, sentences, tokens, dates and times."""
