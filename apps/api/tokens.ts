/** What the api is given from outside; see `ApiInfrastructure`. */
export const LOG = Symbol('EventLogPort');
export const LOG_FEED = Symbol('LogFeedPort');
export const CLOCK = Symbol('ClockPort');
