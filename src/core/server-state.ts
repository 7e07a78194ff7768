export type Health = 'up' | 'down' | 'probing'
