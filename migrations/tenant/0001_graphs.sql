CREATE TABLE `call_edges` (
	`id` text PRIMARY KEY NOT NULL,
	`metadata` text DEFAULT '{}' NOT NULL,
	`created_at` integer DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER)) NOT NULL,
	`updated_at` integer DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER)) NOT NULL,
	`graph_id` text NOT NULL,
	`key` text,
	`type` text NOT NULL,
	`source_request_id` text NOT NULL,
	`target_request_id` text NOT NULL,
	FOREIGN KEY (`graph_id`) REFERENCES `graphs`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`graph_id`,`source_request_id`) REFERENCES `call_nodes`(`graph_id`,`request_id`) ON UPDATE cascade ON DELETE cascade,
	FOREIGN KEY (`graph_id`,`target_request_id`) REFERENCES `call_nodes`(`graph_id`,`request_id`) ON UPDATE cascade ON DELETE cascade,
	CONSTRAINT "call_edges_type" CHECK("call_edges"."type" in ('triggered', 'depends_on'))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `call_edges_graph_key` ON `call_edges` (`graph_id`,`key`) WHERE "call_edges"."key" is not null;--> statement-breakpoint
CREATE INDEX `call_edges_graph_source` ON `call_edges` (`graph_id`,`source_request_id`,`target_request_id`,`type`);--> statement-breakpoint
CREATE INDEX `call_edges_graph_target` ON `call_edges` (`graph_id`,`target_request_id`,`source_request_id`,`type`);--> statement-breakpoint
CREATE TABLE `call_nodes` (
	`id` text PRIMARY KEY NOT NULL,
	`metadata` text DEFAULT '{}' NOT NULL,
	`created_at` integer DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER)) NOT NULL,
	`updated_at` integer DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER)) NOT NULL,
	`graph_id` text NOT NULL,
	`request_id` text NOT NULL,
	`operation_id` text NOT NULL,
	`status` text NOT NULL,
	`parent_request_id` text,
	`input` text NOT NULL,
	`output` text,
	`error` text,
	`identity` text,
	`started_at` integer,
	`completed_at` integer,
	FOREIGN KEY (`graph_id`) REFERENCES `graphs`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "call_nodes_status" CHECK("call_nodes"."status" in ('pending', 'running', 'completed', 'failed', 'aborted')),
	CONSTRAINT "call_nodes_input" CHECK(json_valid("call_nodes"."input")),
	CONSTRAINT "call_nodes_output" CHECK("call_nodes"."output" is null or json_valid("call_nodes"."output")),
	CONSTRAINT "call_nodes_error" CHECK("call_nodes"."error" is null or json_valid("call_nodes"."error")),
	CONSTRAINT "call_nodes_identity" CHECK("call_nodes"."identity" is null or json_valid("call_nodes"."identity"))
);
--> statement-breakpoint
CREATE INDEX `call_nodes_graph` ON `call_nodes` (`graph_id`);--> statement-breakpoint
CREATE INDEX `call_nodes_graph_status` ON `call_nodes` (`graph_id`,`status`);--> statement-breakpoint
CREATE INDEX `call_nodes_graph_operation` ON `call_nodes` (`graph_id`,`operation_id`);--> statement-breakpoint
CREATE INDEX `call_nodes_graph_parent` ON `call_nodes` (`graph_id`,`parent_request_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `call_nodes_graph_request` ON `call_nodes` (`graph_id`,`request_id`);--> statement-breakpoint
DROP INDEX `edges_graph_type`;--> statement-breakpoint
DROP INDEX `edges_graph_source_type`;--> statement-breakpoint
DROP INDEX `edges_graph_target_type`;--> statement-breakpoint
DROP INDEX `edges_graph_key`;--> statement-breakpoint
CREATE INDEX `edges_graph_source` ON `edges` (`graph_id`,`source_node_key`,`target_node_key`,`type`,`undirected`);--> statement-breakpoint
CREATE INDEX `edges_graph_target` ON `edges` (`graph_id`,`target_node_key`,`source_node_key`,`type`,`undirected`);--> statement-breakpoint
CREATE UNIQUE INDEX `edges_graph_key` ON `edges` (`graph_id`,`key`) WHERE "edges"."key" is not null;--> statement-breakpoint
ALTER TABLE `graphs` ADD `layout` text DEFAULT 'metagraph' NOT NULL;