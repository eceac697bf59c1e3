DROP INDEX `edges_graph_type`;--> statement-breakpoint
DROP INDEX `edges_graph_source_type`;--> statement-breakpoint
DROP INDEX `edges_graph_target_type`;--> statement-breakpoint
DROP INDEX `edges_graph_key`;--> statement-breakpoint
CREATE INDEX `edges_graph_source` ON `edges` (`graph_id`,`source_node_key`,`target_node_key`,`type`,`undirected`);--> statement-breakpoint
CREATE INDEX `edges_graph_target` ON `edges` (`graph_id`,`target_node_key`,`source_node_key`,`type`,`undirected`);--> statement-breakpoint
CREATE UNIQUE INDEX `edges_graph_key` ON `edges` (`graph_id`,`key`) WHERE "edges"."key" is not null;--> statement-breakpoint
ALTER TABLE `graphs` ADD `layout` text DEFAULT 'metagraph' NOT NULL;