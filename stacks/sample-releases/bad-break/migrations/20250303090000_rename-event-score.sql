-- Up Migration
-- In one step instead of expand and contract: the release that serves still reads the old name.
alter table events rename column score to risk_score;

-- Down Migration
alter table events rename column risk_score to score;
