// Run by the image of MongoDB, in the database of MONGO_INITDB_DATABASE, when its volume is empty: Taskledger gets a
// user of its own that can do nothing outside that database.
db.createUser({
  user: 'taskledger',
  pwd: process.env.MONGODB_PASSWORD,
  roles: [{ role: 'readWrite', db: db.getName() }],
});
