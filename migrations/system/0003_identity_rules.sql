-- The rules of identity that no constraint can say, held against every writer.

-- The owner of an organisation is its one member of level owner.
CREATE TRIGGER `organizations_owner_added` AFTER INSERT ON `organizations`
BEGIN
	-- The id is a UUID of version 7, as everywhere.
	INSERT INTO `org_members` (`id`, `org_id`, `account_id`, `level`)
	SELECT printf('%08x-%04x-7%03x-%s%03x-%012x', `ms` >> 16, `ms` & 0xffff, random() & 0xfff,
		substr('89ab', 1 + (random() & 3), 1), random() & 0xfff, random() & 0xffffffffffff), NEW.`id`, NEW.`owner_id`, 'owner'
	FROM (SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER) AS `ms`);
END;
--> statement-breakpoint
CREATE TRIGGER `organizations_owner_is_member` BEFORE UPDATE OF `owner_id` ON `organizations`
WHEN NOT EXISTS (SELECT 1 FROM `org_members` WHERE `org_id` = OLD.`id` AND `account_id` = NEW.`owner_id`)
BEGIN
	SELECT RAISE(ABORT, 'organizations_owner_is_member: the new owner must be a member');
END;
--> statement-breakpoint
CREATE TRIGGER `organizations_owner_changed` AFTER UPDATE OF `owner_id` ON `organizations`
WHEN OLD.`owner_id` <> NEW.`owner_id`
BEGIN
	UPDATE `org_members` SET `level` = iif(`account_id` = NEW.`owner_id`, 'owner', 'admin'), `updated_at` = NEW.`updated_at`
	WHERE `org_id` = NEW.`id` AND `account_id` IN (OLD.`owner_id`, NEW.`owner_id`);
END;
--> statement-breakpoint
CREATE TRIGGER `org_members_owner_added` BEFORE INSERT ON `org_members`
WHEN (NEW.`level` = 'owner') <> EXISTS (SELECT 1 FROM `organizations` WHERE `id` = NEW.`org_id` AND `owner_id` = NEW.`account_id`)
BEGIN
	SELECT RAISE(ABORT, 'org_members_owner: the owner of the organisation, and no other member, has the level owner');
END;
--> statement-breakpoint
CREATE TRIGGER `org_members_owner_changed` BEFORE UPDATE OF `org_id`, `account_id`, `level` ON `org_members`
WHEN (NEW.`level` = 'owner') <> EXISTS (SELECT 1 FROM `organizations` WHERE `id` = NEW.`org_id` AND `owner_id` = NEW.`account_id`)
	OR ((NEW.`org_id` <> OLD.`org_id` OR NEW.`account_id` <> OLD.`account_id`)
		AND EXISTS (SELECT 1 FROM `organizations` WHERE `id` = OLD.`org_id` AND `owner_id` = OLD.`account_id`))
BEGIN
	SELECT RAISE(ABORT, 'org_members_owner: the owner of the organisation, and no other member, has the level owner');
END;
--> statement-breakpoint
-- With its organisation it goes: that is gone by then.
CREATE TRIGGER `org_members_owner_deleted` BEFORE DELETE ON `org_members`
WHEN EXISTS (SELECT 1 FROM `organizations` WHERE `id` = OLD.`org_id` AND `owner_id` = OLD.`account_id`)
BEGIN
	SELECT RAISE(ABORT, 'org_members_owner: the owner of the organisation, and no other member, has the level owner');
END;
--> statement-breakpoint
-- REPLACE would delete the owner's row without a DELETE trigger: it is met at the row that would come in its place.
CREATE TRIGGER `org_members_owner_kept_in_insert` BEFORE INSERT ON `org_members`
WHEN EXISTS (SELECT 1 FROM `org_members` AS `m` JOIN `organizations` AS `o` ON `o`.`id` = `m`.`org_id` AND `o`.`owner_id` = `m`.`account_id`
	WHERE `m`.`id` = NEW.`id` OR `m`.`rowid` = NEW.`rowid`)
BEGIN
	SELECT RAISE(ABORT, 'org_members_owner: the owner of the organisation, and no other member, has the level owner');
END;
--> statement-breakpoint
CREATE TRIGGER `org_members_owner_kept_in_update` BEFORE UPDATE ON `org_members`
WHEN EXISTS (SELECT 1 FROM `org_members` AS `m` JOIN `organizations` AS `o` ON `o`.`id` = `m`.`org_id` AND `o`.`owner_id` = `m`.`account_id`
	WHERE (`m`.`id` = NEW.`id` OR `m`.`rowid` = NEW.`rowid`) AND `m`.`rowid` <> OLD.`rowid`)
BEGIN
	SELECT RAISE(ABORT, 'org_members_owner: the owner of the organisation, and no other member, has the level owner');
END;
--> statement-breakpoint
-- The audit log is added to only. REPLACE would delete a row without a DELETE trigger: it is met at its INSERT.
CREATE TRIGGER `audit_logs_kept_in_insert` BEFORE INSERT ON `audit_logs`
WHEN EXISTS (SELECT 1 FROM `audit_logs` WHERE `id` = NEW.`id` OR `rowid` = NEW.`rowid`)
BEGIN
	SELECT RAISE(ABORT, 'audit_logs_append_only: rows can only be added');
END;
--> statement-breakpoint
-- Rows of one millisecond are told apart by their rowid: it is the next one always.
CREATE TRIGGER `audit_logs_in_order` AFTER INSERT ON `audit_logs`
WHEN NEW.`rowid` <> 1 + coalesce((SELECT max(`rowid`) FROM `audit_logs` WHERE `rowid` < NEW.`rowid`), 0)
BEGIN
	SELECT RAISE(ABORT, 'audit_logs_append_only: rows can only be added, after the last');
END;
--> statement-breakpoint
CREATE TRIGGER `audit_logs_kept_in_update` BEFORE UPDATE ON `audit_logs`
BEGIN
	SELECT RAISE(ABORT, 'audit_logs_append_only: rows can only be added');
END;
--> statement-breakpoint
CREATE TRIGGER `audit_logs_kept_in_delete` BEFORE DELETE ON `audit_logs`
BEGIN
	SELECT RAISE(ABORT, 'audit_logs_append_only: rows can only be added');
END;
