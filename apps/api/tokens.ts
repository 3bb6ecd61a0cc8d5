/** What the api is given from outside; see `ApiInfrastructure`. */
export const LOG = Symbol('EventLogPort');
export const LOG_FEED = Symbol('LogFeedPort');
export const BUS = Symbol('CommandBusPort');
export const CLOCK = Symbol('ClockPort');
export const IDS = Symbol('IdsPort');
