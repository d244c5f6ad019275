/** The disk of a worker that brings its own. */

/** Files, their parts while they are fetched, and what a pipeline makes of them. */
const DISK_FACTOR = 2;
/** Kit, logs and what the work needs of the system; the image itself comes on top. */
const WORK_GB = 8;
const IMAGE_GB = 5;

/** Disk that work on so many bytes of files needs, without the image. */
export const diskGbFor = (bytes: number): number => Math.ceil((bytes * DISK_FACTOR) / 1e9) + WORK_GB;

/** Bytes of files that a disk of this size, image and all, has room for. */
export const bytesOnDisk = (diskGb: number): number => Math.max(0, Math.floor(((diskGb - WORK_GB - IMAGE_GB) * 1e9) / DISK_FACTOR));
