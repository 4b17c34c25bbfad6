-- A rate card may sell packages. The check is as cheap as the table is small.
ALTER TABLE rate_line DROP CONSTRAINT rate_line_tier_mode_check;
ALTER TABLE rate_line ADD CONSTRAINT rate_line_tier_mode_check
    CHECK (tier_mode IN ('none', 'marginal', 'whole_volume', 'package'));
