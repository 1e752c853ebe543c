// Package postgrestest runs a PostgreSQL server with PostGIS. Only tests import it.
package postgrestest
