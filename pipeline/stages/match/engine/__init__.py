"""Which of many watches an article could match: the fast way there."""
