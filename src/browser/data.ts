/**
 * What the report's scripts find in the page as JSON. Columns rather than
 * rows: half the size, and nothing to be said twice. Times are milliseconds.
 */

/** Pieces of work in the order of their lanes, and of their time within a lane; pauses of the job are left out. */
export type TimelineData = {
  /** How long all of it is: as long as the job at least, of which the results may not have all images. */
  duration_ms: number;
  /** Lanes that are drawn. */
  lanes: number;
  /** Where the job was interrupted and went on later. */
  breaks: number[];
  /** How many images a piece has; the last of a lane may have fewer. */
  images_each: number;
  store_ids: string[];
  /** One value for each piece: its lane, the position of its store in `store_ids`, its image counted from 1. */
  lane: number[];
  store: number[];
  image: number[];
  start: number[];
  wait: number[];
  download: number[];
  work: number[];
  /** How many of its images failed. */
  failed: number[];
};

/** The images of the table, in manifest order; −1 is none. */
export type TableData = {
  store_ids: string[];
  formats: string[];
  /** `http-status: 404 Not Found`. */
  errors: string[];
  /** One value for each image: positions in the lists above, and numbers from the results. */
  store: number[];
  /** Counted from 1. */
  image: number[];
  url: string[];
  /** 1 where the URL may be a link. */
  link: number[];
  /** Position in `STATUSES`. */
  status: number[];
  width: number[];
  height: number[];
  format: number[];
  bytes: number[];
  attempts: number[];
  wait: number[];
  download: number[];
  work: number[];
  error: number[];
};

/** Where the pictures of the table's images are. */
export type PicturesData = {
  /** The address of the folder that has the files, with a slash at its end. */
  folder: string;
  /** One value for each image of the table: its path below that folder, or nothing. */
  file: string[];
};

/** What the table's script tells when its rows have been chosen or sorted anew. */
export type ChosenImages = { data: TableData; rows: number[] };

/** Ids of the elements that hold them. */
export type DataId = 'timeline-data' | 'table-data' | 'pictures-data';
