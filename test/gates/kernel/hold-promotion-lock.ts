import { connect } from '../../../gates/kernel/database.ts';
import { openPlatform } from '../../../gates/kernel/open-platform.ts';
import { takePromotionLock } from '../../../gates/kernel/promotion-lock.ts';

// A promotion of another process: takes the lock of the database named, says so, and keeps it until it is ended.
const { platform, database } = JSON.parse(process.argv[2] ?? '');
const opened = await openPlatform(platform);
try {
  await takePromotionLock('key', () => connect(opened, database, 'gates', 'sallyport up other abcdef0'));
  process.send?.('held');
} catch (error) {
  process.send?.(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
