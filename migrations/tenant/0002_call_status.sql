-- The transitions of CallGraph, held against every writer.
CREATE TRIGGER `call_nodes_status_transition` BEFORE UPDATE OF `status` ON `call_nodes`
WHEN NOT (
	OLD.`status` = NEW.`status`
	OR (OLD.`status` = 'pending' AND NEW.`status` IN ('running', 'aborted'))
	OR (OLD.`status` = 'running' AND NEW.`status` IN ('completed', 'failed', 'aborted'))
)
BEGIN
	SELECT RAISE(ABORT, 'call_nodes_status_transition: a status moves from pending to running or aborted, from running to completed, failed or aborted');
END;
