/** A database beside production, of the same major version, that exists for one rehearsal. */
export interface Shadow {
  /** Of the role that may do anything in it. */
  readonly owner: string;
  /** Of the role that migrates. */
  readonly migrator: string;
  /** Of the role that the services run as. */
  readonly app: string;
  /** Where this rehearsal may leave files; removed with the shadow. */
  readonly directory: string;
  /** Removes the database, and the server where it is one of our own. */
  remove(): Promise<void>;
}
