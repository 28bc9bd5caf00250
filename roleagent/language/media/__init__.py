"""Which picture or recording somebody asks to be given again."""
