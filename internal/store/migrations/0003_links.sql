-- Who is the same person, who works on a delivery, and which lines approvers are told of.

CREATE TABLE links (
  identity  TEXT    NOT NULL PRIMARY KEY,  -- by which somebody is known somewhere: slack:T…:U…, local:…, sailpoint:identity:…
  principal TEXT    NOT NULL,              -- the person: their own Slack member
  at        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX links_of ON links (principal, identity);

ALTER TABLE inbox ADD COLUMN lease_owner TEXT;
ALTER TABLE inbox ADD COLUMN lease_until INTEGER;

ALTER TABLE lines ADD COLUMN loud INTEGER NOT NULL DEFAULT 0;
