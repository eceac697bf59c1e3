CREATE TABLE `edge_types` (
	`id` text PRIMARY KEY NOT NULL,
	`metadata` text DEFAULT '{}' NOT NULL,
	`created_at` integer DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER)) NOT NULL,
	`updated_at` integer DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER)) NOT NULL,
	`graph_type_id` text NOT NULL,
	`name` text NOT NULL,
	`description` text DEFAULT '' NOT NULL,
	`schema` text NOT NULL,
	`allowed_source_types` text DEFAULT '[]' NOT NULL,
	`allowed_target_types` text DEFAULT '[]' NOT NULL,
	FOREIGN KEY (`graph_type_id`) REFERENCES `graph_types`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "edge_types_schema" CHECK(json_valid("edge_types"."schema")),
	CONSTRAINT "edge_types_source_types" CHECK(json_type("edge_types"."allowed_source_types") = 'array'),
	CONSTRAINT "edge_types_target_types" CHECK(json_type("edge_types"."allowed_target_types") = 'array')
);
--> statement-breakpoint
CREATE UNIQUE INDEX `edge_types_graph_type_name` ON `edge_types` (`graph_type_id`,`name`);--> statement-breakpoint
CREATE TABLE `edges` (
	`id` text PRIMARY KEY NOT NULL,
	`metadata` text DEFAULT '{}' NOT NULL,
	`created_at` integer DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER)) NOT NULL,
	`updated_at` integer DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER)) NOT NULL,
	`graph_id` text NOT NULL,
	`key` text,
	`type` text NOT NULL,
	`source_node_key` text NOT NULL,
	`target_node_key` text NOT NULL,
	`attributes` text DEFAULT '{}' NOT NULL,
	`undirected` integer DEFAULT false NOT NULL,
	FOREIGN KEY (`graph_id`) REFERENCES `graphs`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`graph_id`,`source_node_key`) REFERENCES `nodes`(`graph_id`,`key`) ON UPDATE cascade ON DELETE cascade,
	FOREIGN KEY (`graph_id`,`target_node_key`) REFERENCES `nodes`(`graph_id`,`key`) ON UPDATE cascade ON DELETE cascade,
	CONSTRAINT "edges_undirected" CHECK("edges"."undirected" in (0, 1)),
	CONSTRAINT "edges_attributes" CHECK(json_valid("edges"."attributes"))
);
--> statement-breakpoint
CREATE INDEX `edges_graph_type` ON `edges` (`graph_id`,`type`);--> statement-breakpoint
CREATE INDEX `edges_graph_source_type` ON `edges` (`graph_id`,`source_node_key`,`type`);--> statement-breakpoint
CREATE INDEX `edges_graph_target_type` ON `edges` (`graph_id`,`target_node_key`,`type`);--> statement-breakpoint
CREATE UNIQUE INDEX `edges_graph_key` ON `edges` (`graph_id`,`key`);--> statement-breakpoint
CREATE TABLE `graph_types` (
	`id` text PRIMARY KEY NOT NULL,
	`metadata` text DEFAULT '{}' NOT NULL,
	`created_at` integer DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER)) NOT NULL,
	`updated_at` integer DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER)) NOT NULL,
	`name` text NOT NULL,
	`description` text DEFAULT '' NOT NULL,
	`config` text NOT NULL,
	`version` integer DEFAULT 1 NOT NULL,
	`scope` text DEFAULT 'system' NOT NULL,
	CONSTRAINT "graph_types_config" CHECK(json_valid("graph_types"."config")),
	CONSTRAINT "graph_types_scope" CHECK("graph_types"."scope" in ('system', 'tenant', 'user')),
	CONSTRAINT "graph_types_version" CHECK("graph_types"."version" >= 1)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `graph_types_name_version` ON `graph_types` (`name`,`version`);--> statement-breakpoint
CREATE TABLE `graphs` (
	`id` text PRIMARY KEY NOT NULL,
	`metadata` text DEFAULT '{}' NOT NULL,
	`created_at` integer DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER)) NOT NULL,
	`updated_at` integer DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER)) NOT NULL,
	`graph_type_id` text NOT NULL,
	`name` text NOT NULL,
	`description` text DEFAULT '' NOT NULL,
	`status` text DEFAULT 'draft' NOT NULL,
	`owner_id` text,
	`project_id` text,
	FOREIGN KEY (`graph_type_id`) REFERENCES `graph_types`(`id`) ON UPDATE no action ON DELETE restrict,
	CONSTRAINT "graphs_status" CHECK("graphs"."status" in ('draft', 'active', 'archived'))
);
--> statement-breakpoint
CREATE INDEX `graphs_graph_type` ON `graphs` (`graph_type_id`);--> statement-breakpoint
CREATE INDEX `graphs_owner_project` ON `graphs` (`owner_id`,`project_id`);--> statement-breakpoint
CREATE INDEX `graphs_project` ON `graphs` (`project_id`);--> statement-breakpoint
CREATE TABLE `node_types` (
	`id` text PRIMARY KEY NOT NULL,
	`metadata` text DEFAULT '{}' NOT NULL,
	`created_at` integer DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER)) NOT NULL,
	`updated_at` integer DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER)) NOT NULL,
	`graph_type_id` text NOT NULL,
	`name` text NOT NULL,
	`description` text DEFAULT '' NOT NULL,
	`schema` text NOT NULL,
	FOREIGN KEY (`graph_type_id`) REFERENCES `graph_types`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "node_types_schema" CHECK(json_valid("node_types"."schema"))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `node_types_graph_type_name` ON `node_types` (`graph_type_id`,`name`);--> statement-breakpoint
CREATE TABLE `nodes` (
	`id` text PRIMARY KEY NOT NULL,
	`metadata` text DEFAULT '{}' NOT NULL,
	`created_at` integer DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER)) NOT NULL,
	`updated_at` integer DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER)) NOT NULL,
	`graph_id` text NOT NULL,
	`key` text NOT NULL,
	`type` text NOT NULL,
	`attributes` text DEFAULT '{}' NOT NULL,
	FOREIGN KEY (`graph_id`) REFERENCES `graphs`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "nodes_attributes" CHECK(json_valid("nodes"."attributes"))
);
--> statement-breakpoint
CREATE INDEX `nodes_graph_type` ON `nodes` (`graph_id`,`type`);--> statement-breakpoint
CREATE UNIQUE INDEX `nodes_graph_key` ON `nodes` (`graph_id`,`key`);