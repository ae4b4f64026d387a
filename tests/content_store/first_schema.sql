INSERT INTO blocks (id, created_at) VALUES ('roast', '2026-03-01 09:00:00+00:00');
INSERT INTO block_versions (id, block_id, number, content_hash, slot, text, mode, locale, channels, themes, facts, status, owner, created_at)
VALUES (1, 'roast', 1, 'b1', 'subject', 'Coffee is on.', 'rewrite', 'en-US', '["email"]', '["coffee"]', '[]', 'approved', 'team', '2026-03-01 09:00:00+00:00');
INSERT INTO briefs (id, content_hash, content, updated_at) VALUES ('weekly', 'c1', '{}', '2026-03-01 09:00:00+00:00');
INSERT INTO segmentations (id, input_hash, as_of, customers, clusters, criterion, encoder, created_at)
VALUES (1, 'i1', '2026-03-01 09:00:00+00:00', 10, 2, '{}', 'e1', '2026-03-01 09:00:00+00:00');
INSERT INTO segments (id, created_at) VALUES (1, '2026-03-01 09:00:00+00:00');
INSERT INTO runs (id, brief_id, segmentation_id, as_of, status, started_at, counts, warnings)
VALUES (1, 'weekly', 1, '2026-03-01 09:00:00+00:00', 'finished', '2026-03-01 09:00:00+00:00', '{}', '[]');
INSERT INTO variants (id, run_id, brief_id, segment_id, channel, locale, slot, theme, text, content_hash, origin, status, block_version_ids, sentences, verdicts, scores, created_at)
VALUES (1, 1, 'weekly', 1, 'email', 'en-US', 'subject', 'coffee', 'Coffee is on.', 'v1', 'generated', 'pending', '[1, 99]', '[]', '[]', '{"readers": 0.25}', '2026-03-01 09:00:00+00:00');
INSERT INTO messages (id, run_id, brief_id, segment_id, channel, locale, arm, theme, content_hash, personal_fields, status, created_at)
VALUES (1, 1, 'weekly', 1, 'email', 'en-US', 'A', 'coffee', 'm1', '{}', 'pending', '2026-03-01 09:00:00+00:00');
INSERT INTO message_variants (message_id, slot, position, variant_id) VALUES (1, 'subject', 0, 1);
INSERT INTO decisions (id, message_id, action, from_status, to_status, content_hash, "by", at, reason)
VALUES (4, 1, 'reject', 'pending', 'rejected', 'm1', 'ana', '2026-03-01 10:00:00+00:00', 'too loud');
INSERT INTO decisions (id, message_id, action, from_status, to_status, content_hash, "by", at, reason)
VALUES (7, 1, 'reopen', 'rejected', 'pending', 'm1', 'ben', '2026-03-01 11:00:00+00:00', NULL)
