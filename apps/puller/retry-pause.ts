/** How long a worker waits before it asks a server that was not there again, in milliseconds. */
export const retryPauseMs = 500;
