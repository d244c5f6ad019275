import { firstCatchStory } from './support/story';

firstCatchStory('localstack');
