CREATE TABLE `accounts` (
	`id` text PRIMARY KEY NOT NULL,
	`metadata` text DEFAULT '{}' NOT NULL,
	`created_at` integer DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER)) NOT NULL,
	`updated_at` integer DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER)) NOT NULL,
	`email` text NOT NULL,
	`name` text DEFAULT '' NOT NULL,
	`access_level` text DEFAULT 'user' NOT NULL,
	`status` text DEFAULT 'active' NOT NULL,
	CONSTRAINT "accounts_email_form" CHECK("accounts"."email" = trim("accounts"."email") and instr("accounts"."email", '@') > 1),
	CONSTRAINT "accounts_access_level" CHECK("accounts"."access_level" in ('admin', 'user', 'service')),
	CONSTRAINT "accounts_status" CHECK("accounts"."status" in ('active', 'suspended', 'deactivated'))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `accounts_email` ON `accounts` (lower("email"));--> statement-breakpoint
CREATE TABLE `api_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`metadata` text DEFAULT '{}' NOT NULL,
	`created_at` integer DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER)) NOT NULL,
	`updated_at` integer DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER)) NOT NULL,
	`owner_id` text NOT NULL,
	`org_id` text,
	`name` text DEFAULT '' NOT NULL,
	`key_prefix` text NOT NULL,
	`key_hash` text NOT NULL,
	`scopes` text DEFAULT '[]' NOT NULL,
	`resources` text,
	`enabled` integer DEFAULT true NOT NULL,
	`expires_at` integer,
	`revoked_at` integer,
	`rotated_to_id` text,
	`last_used_at` integer,
	FOREIGN KEY (`owner_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`org_id`,`owner_id`) REFERENCES `org_members`(`org_id`,`account_id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "api_keys_hash_form" CHECK(length("api_keys"."key_hash") = 64 and "api_keys"."key_hash" not glob '*[^0-9a-f]*'),
	CONSTRAINT "api_keys_scopes" CHECK(json_type("api_keys"."scopes") = 'array'),
	CONSTRAINT "api_keys_resources" CHECK("api_keys"."resources" is null or json_type("api_keys"."resources") = 'object'),
	CONSTRAINT "api_keys_enabled" CHECK("api_keys"."enabled" in (0, 1))
);
--> statement-breakpoint
CREATE INDEX `api_keys_owner` ON `api_keys` (`owner_id`,`id`);--> statement-breakpoint
CREATE INDEX `api_keys_org_owner` ON `api_keys` (`org_id`,`owner_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `api_keys_prefix` ON `api_keys` (`key_prefix`);--> statement-breakpoint
CREATE UNIQUE INDEX `api_keys_hash` ON `api_keys` (`key_hash`);--> statement-breakpoint
CREATE TABLE `audit_logs` (
	`id` text PRIMARY KEY NOT NULL,
	`metadata` text DEFAULT '{}' NOT NULL,
	`created_at` integer DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER)) NOT NULL,
	`updated_at` integer DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER)) NOT NULL,
	`action` text NOT NULL,
	`actor_type` text NOT NULL,
	`actor_id` text,
	`resource` text,
	`owner_id` text,
	`org_id` text,
	`credential_id` text,
	`credential_type` text,
	`details` text,
	CONSTRAINT "audit_logs_action_form" CHECK("audit_logs"."action" <> ''),
	CONSTRAINT "audit_logs_actor_type" CHECK("audit_logs"."actor_type" <> ''),
	CONSTRAINT "audit_logs_details" CHECK("audit_logs"."details" is null or json_type("audit_logs"."details") = 'object')
);
--> statement-breakpoint
CREATE INDEX `audit_logs_time` ON `audit_logs` (`created_at`);--> statement-breakpoint
CREATE INDEX `audit_logs_action` ON `audit_logs` (`action`,`created_at`);--> statement-breakpoint
CREATE INDEX `audit_logs_actor` ON `audit_logs` (`actor_id`,`created_at`);--> statement-breakpoint
CREATE INDEX `audit_logs_resource` ON `audit_logs` (`resource`,`created_at`);--> statement-breakpoint
CREATE INDEX `audit_logs_owner` ON `audit_logs` (`owner_id`,`created_at`);--> statement-breakpoint
CREATE INDEX `audit_logs_org` ON `audit_logs` (`org_id`,`created_at`);--> statement-breakpoint
CREATE INDEX `audit_logs_credential` ON `audit_logs` (`credential_id`,`created_at`);--> statement-breakpoint
CREATE TABLE `org_members` (
	`id` text PRIMARY KEY NOT NULL,
	`metadata` text DEFAULT '{}' NOT NULL,
	`created_at` integer DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER)) NOT NULL,
	`updated_at` integer DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER)) NOT NULL,
	`org_id` text NOT NULL,
	`account_id` text NOT NULL,
	`level` text NOT NULL,
	FOREIGN KEY (`org_id`) REFERENCES `organizations`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "org_members_level" CHECK("org_members"."level" in ('owner', 'admin', 'member'))
);
--> statement-breakpoint
CREATE INDEX `org_members_account` ON `org_members` (`account_id`,`org_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `org_members_org_account` ON `org_members` (`org_id`,`account_id`);--> statement-breakpoint
CREATE TABLE `organizations` (
	`id` text PRIMARY KEY NOT NULL,
	`metadata` text DEFAULT '{}' NOT NULL,
	`created_at` integer DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER)) NOT NULL,
	`updated_at` integer DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER)) NOT NULL,
	`slug` text NOT NULL,
	`name` text NOT NULL,
	`owner_id` text NOT NULL,
	FOREIGN KEY (`owner_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE restrict,
	CONSTRAINT "organizations_id_form" CHECK(length("organizations"."id") between 1 and 63 and "organizations"."id" not glob '*[^a-z0-9-]*' and "organizations"."id" not glob '-*'),
	CONSTRAINT "organizations_slug_form" CHECK(length("organizations"."slug") between 1 and 63 and "organizations"."slug" not glob '*[^a-z0-9-]*' and "organizations"."slug" not glob '-*')
);
--> statement-breakpoint
CREATE INDEX `organizations_owner` ON `organizations` (`owner_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `organizations_slug` ON `organizations` (`slug`);--> statement-breakpoint
CREATE UNIQUE INDEX `organizations_name` ON `organizations` (`name`);--> statement-breakpoint
CREATE TABLE `peer_credentials` (
	`id` text PRIMARY KEY NOT NULL,
	`metadata` text DEFAULT '{}' NOT NULL,
	`created_at` integer DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER)) NOT NULL,
	`updated_at` integer DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER)) NOT NULL,
	`owner_id` text NOT NULL,
	`credential_type` text NOT NULL,
	`fingerprint` text NOT NULL,
	`public_key_data` text NOT NULL,
	`name` text DEFAULT '' NOT NULL,
	`enabled` integer DEFAULT true NOT NULL,
	`expires_at` integer,
	`revoked_at` integer,
	FOREIGN KEY (`owner_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "peer_credentials_type" CHECK("peer_credentials"."credential_type" in ('ssh_key', 'cert_authority')),
	CONSTRAINT "peer_credentials_fingerprint_form" CHECK(length("peer_credentials"."fingerprint") = 50 and "peer_credentials"."fingerprint" glob 'SHA256:*'),
	CONSTRAINT "peer_credentials_enabled" CHECK("peer_credentials"."enabled" in (0, 1))
);
--> statement-breakpoint
CREATE INDEX `peer_credentials_owner` ON `peer_credentials` (`owner_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `peer_credentials_fingerprint` ON `peer_credentials` (`fingerprint`);