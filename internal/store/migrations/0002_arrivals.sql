-- What a new request is compared with before it is recorded.

ALTER TABLE requests ADD COLUMN needs_vote INTEGER NOT NULL DEFAULT 0;  -- counted by the requester's limits
ALTER TABLE requests ADD COLUMN origin TEXT;                            -- what a face was handed; NULL when nothing that could come twice
UPDATE requests SET needs_vote = coalesce(json_extract(document, '$.needs_vote'), 0);
CREATE UNIQUE INDEX requests_origin ON requests (origin) WHERE origin IS NOT NULL;
