"""Use cases: functions named verb_noun(session, actor, *, …) that own their queries."""
